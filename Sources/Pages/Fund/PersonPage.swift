/// One volunteer's response as the fund sees it, and the form that removes it, with a reason.
package struct PersonPage: Page {
    package var call: Call
    package var person: CallResponse
    /// With the value `reason`.
    package var form: FormValues
    package var key: FormKey
    package var notice: Notice?

    package init(call: Call, person: CallResponse, form: FormValues, key: FormKey, notice: Notice? = nil) {
        self.call = call
        self.person = person
        self.form = form
        self.key = key
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

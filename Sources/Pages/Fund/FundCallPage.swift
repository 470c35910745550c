/// One call as its fund sees it: counts, the form that changes it, and what else can be done.
package struct FundCallPage: Page {
    package var call: Call
    /// With the values of `CallField`.
    package var form: FormValues
    package var notice: Notice?

    package init(call: Call, form: FormValues, notice: Notice? = nil) {
        self.call = call
        self.form = form
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

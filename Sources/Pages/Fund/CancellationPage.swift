/// Says who will be told when a call is cancelled, and asks for the reason.
package struct CancellationPage: Page {
    package var call: Call
    /// With the value `reason`.
    package var form: FormValues
    package var key: FormKey

    package init(call: Call, form: FormValues, key: FormKey) {
        self.call = call
        self.form = form
        self.key = key
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

/// The form with which a fund publishes a call.
package struct NewCallPage: Page {
    /// With the values of `CallField`.
    package var form: FormValues
    package var key: FormKey

    package init(form: FormValues, key: FormKey) {
        self.form = form
        self.key = key
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

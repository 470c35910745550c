/// Says what a change will do, before the fund confirms it.
package struct ReviewPage: Page {
    package var call: Call
    /// The changed fields with their new values, by `CallField`.
    package var changed: FormValues
    /// The call as it will be.
    package var changedCall: Call
    package var key: FormKey

    package init(call: Call, changed: FormValues, changedCall: Call, key: FormKey) {
        self.call = call
        self.changed = changed
        self.changedCall = changedCall
        self.key = key
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

/// One call as a volunteer sees it, with their own state and what they can do.
package struct CallPage: Page {
    package var call: Call
    /// Nil if the volunteer has not responded.
    package var response: CallResponse?
    package var key: FormKey
    package var notice: Notice?

    package init(call: Call, response: CallResponse?, key: FormKey, notice: Notice? = nil) {
        self.call = call
        self.response = response
        self.key = key
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

/// What was told to whom about a call, the newest first.
package struct ToldPage: Page {
    package var call: Call
    package var messages: [ToldMessage]
    package var next: String?

    package init(call: Call, messages: [ToldMessage], next: String?) {
        self.call = call
        self.messages = messages
        self.next = next
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

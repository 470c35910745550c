/// The calls to which a volunteer has responded.
package struct MinePage: Page {
    package var items: [Item]
    package var next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

extension MinePage {
    package struct Item: Sendable, Hashable {
        package var call: Call
        package var response: CallResponse

        package init(call: Call, response: CallResponse) {
            self.call = call
            self.response = response
        }
    }
}

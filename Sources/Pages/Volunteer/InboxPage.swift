package import Contracts

/// A volunteer's messages, the newest first.
package struct InboxPage: Page {
    package var messages: [InboxMessage]
    /// The names of the calls that the messages are about, as far as they are known.
    package var names: [ID: String]
    package var unreadOnly: Bool
    package var next: String?

    package init(messages: [InboxMessage], names: [ID: String], unreadOnly: Bool, next: String?) {
        self.messages = messages
        self.names = names
        self.unreadOnly = unreadOnly
        self.next = next
    }

    package func title(in context: PageContext) -> String { context.texts.words.product }

    package func main(in context: PageContext) -> HTML { HTML() }
}

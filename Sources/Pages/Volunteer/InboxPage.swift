package import Contracts
import Wording

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

    package func title(in context: PageContext) -> String { context.texts.words.volunteer.inbox.title }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.inbox
        let filters = FilterLinks(
            label: words.filter,
            items: [
                .init(name: words.all, address: URLPath.messages, isCurrent: !unreadOnly),
                .init(
                    name: words.unread, address: URLPath.with(URLPath.messages, ["unread": "true"]),
                    isCurrent: unreadOnly),
            ])
        let empty = unreadOnly ? words.emptyUnread : words.empty
        let list: HTML =
            messages.isEmpty
            ? "<p class=\"card empty\">\(empty)</p>"
            : "<ol class=\"cards\">\(messages.map { card(of: $0, in: context) })</ol>"
        return """
            <h1>\(words.title)</h1>
            \(filters.html)
            <section id="messages" data-messages>\(summary(in: context))\(list)</section>
            \(Pagination(next: next).html(in: context))
            """
    }

    /// How many messages are unread, and the button that marks all of them, up to the newest that the visitor sees.
    private func summary(in context: PageContext) -> HTML? {
        let words = context.texts.words.volunteer.inbox
        guard let newest = messages.map(\.id).max() else { return nil }
        let unread = context.visitor?.unread ?? messages.count { !$0.isRead }
        guard unread > 0 else { return "<p class=\"soft\">\(words.allRead)</p>" }
        return """
            <div class="actions"><p>\(context.texts.counted(unread, words.lead))</p>\
            <form method="post" action="\(URLPath.messages)"><input type="hidden" name="up_to" value="\(Int(newest))">\
            <button class="button quiet" id="mark-all">\(words.markAll)</button></form></div>
            """
    }

    private func card(of message: InboxMessage, in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.inbox
        let mark: HTML =
            message.isRead
            ? "<span class=\"hidden\">\(words.read)</span>"
            : Badge(.offer, words.new).html
        return """
            <li class="card"><div class="badges">\
            <h2>\(words.kinds[message.kind] ?? words.kindUnknown)</h2>\(mark)</div>\
            <p class="text">\(message.text)</p>\
            <p class="soft">\(Moment(message.sentAt).html(in: context)) · \
            <a href="\(URLPath.application(message.call))">\(names[message.call] ?? words.toCall)</a></p></li>
            """
    }
}

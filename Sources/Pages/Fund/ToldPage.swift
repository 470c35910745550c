import Contracts
import Wording

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

    package func title(in context: PageContext) -> String {
        CallHeader.title(context.texts.words.fund.told.heading, call, in: context)
    }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.told
        let content: HTML = """
            <h2>\(words.heading)</h2>
            \(messages.isEmpty ? empty(in: context) : table(in: context))
            """
        return """
            \(CallHeader(call: call, section: .told, notice: nil).html(in: context))
            \(LiveRegion("told", of: [call.id], content).html)
            \(Pagination(next: next).html(in: context))
            """
    }

    private func empty(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.told
        return "<div class=\"card empty\"><h3>\(words.empty)</h3><p class=\"soft\">\(words.emptyHint)</p></div>"
    }

    private func table(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.told
        var table = DataTable(
            words.caption,
            [
                .init(words.person), .init(words.text, .wide), .init(words.when, .time), .init(words.channels),
                .init(words.read, .time),
            ])
        for message in messages {
            let kind = words.kinds[message.kind] ?? context.texts.words.volunteer.inbox.kindUnknown
            let channels = message.channels.map { words.channelNames[$0] ?? $0 }.joined(separator: ", ")
            let read = message.readAt.map { Moment($0).text(in: context) } ?? words.unread
            table.append(
                "<a href=\"\(URLPath.person(message.volunteer, of: call.id))\">\(message.volunteer.string)</a>",
                [
                    "<b>\(kind)</b><br>\(message.text)", HTML(text: Moment(message.sentAt).text(in: context)),
                    HTML(text: channels), HTML(text: read),
                ])
        }
        return table.html
    }
}

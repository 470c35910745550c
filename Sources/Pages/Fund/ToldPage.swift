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

    /// The roles are written out because a table whose rows are shown as cards loses its own in some browsers.
    private func table(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.told
        let instants = InstantFormatter(context)
        let names = [words.person, words.text, words.when, words.channels, words.read]
        let heads = names.map { "<th scope=\"col\" role=\"columnheader\">\($0)</th>" as HTML }
        let rows = messages.map { message -> HTML in
            let channels = message.channels.map { words.channelNames[$0] ?? $0 }.joined(separator: ", ")
            let read = message.readAt.map { words.readAt.filled(["time": instants.text($0)]) } ?? words.unread
            return """
                <tr role="row"><th scope="row" role="rowheader">\
                <a href="\(URLPath.person(message.volunteer, of: call.id))">\(message.volunteer.string)</a></th>\
                <td role="cell" class="wide" data-label="\(words.text)"><span><b>\(words.kinds[message.kind] ?? context.texts.words.volunteer.inbox.kindUnknown)</b><br>\(message.text)</span></td>\
                <td role="cell" data-label="\(words.when)">\(instants.text(message.sentAt))</td>\
                <td role="cell" data-label="\(words.channels)">\(channels)</td>\
                <td role="cell" data-label="\(words.read)">\(read)</td></tr>

                """
        }
        return """
            <table class="table" role="table"><caption>\(words.caption)</caption>\
            <thead role="rowgroup"><tr role="row">\(heads)</tr></thead>
            <tbody role="rowgroup">\(rows)</tbody></table>
            """
    }
}

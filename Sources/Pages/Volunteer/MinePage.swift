import Contracts
import Wording

/// The calls to which a volunteer has responded.
package struct MinePage: Page {
    package var items: [Item]
    package var next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }

    package func title(in context: PageContext) -> String { context.texts.words.volunteer.mine.title }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.mine
        let upcoming = items.filter { $0.call.status == .open }
        let over = items.filter { $0.call.status != .open }
        let content: HTML =
            items.isEmpty
            ? empty(words)
            : "\(list(words.upcoming, upcoming, in: context))\(list(words.over, over, in: context))"
        return """
            <div><h1>\(words.title)</h1><p class="lead">\(words.lead)</p></div>
            \(LiveRegion("mine", of: items.map(\.call.id), content).html)
            \(Pagination(next: next).html(in: context))
            """
    }

    private func list(_ title: String, _ items: [Item], in context: PageContext) -> HTML? {
        guard !items.isEmpty else { return nil }
        return """
            <h2 tabindex="-1">\(title)</h2><ul class="cards">\(items.map { card(of: $0, in: context) })</ul>
            """
    }

    private func card(of item: Item, in context: PageContext) -> HTML {
        let call = item.call
        let dates = CallDates(call, in: context)
        let standing = Standing(call, item.response, dates: dates, in: context)
        return """
            <li class="card dated">\(dates.tile)<div>\
            <h3><a href="\(URLPath.application(call.id))">\(call.name)</a></h3>\
            <p class="soft">\(dates.when)</p><p class="badges" id="state-\(URLPath.encoded(call.id.string))" \
            data-news="\(call.name): \(standing.badge)">\(Badge(standing.tone, standing.badge).html)</p></div></li>
            """
    }

    private func empty(_ words: PageTexts.Words.Volunteer.Mine) -> HTML {
        """
        <div class="card empty"><p>\(words.empty)</p>\
        <p><a class="button" href="\(URLPath.openCalls)">\(words.browse)</a></p></div>
        """
    }
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

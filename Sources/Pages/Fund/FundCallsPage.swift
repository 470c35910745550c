/// A fund's own calls.
package struct FundCallsPage: Page {
    package var calls: [Call]
    /// Only calls with this status; nil for all.
    package var status: Call.Status?
    package var next: String?
    package var notice: Notice?

    package init(calls: [Call], status: Call.Status?, next: String?, notice: Notice? = nil) {
        self.calls = calls
        self.status = status
        self.next = next
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.texts.words.fund.calls.title }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.calls
        let content = calls.isEmpty ? empty(in: context) : list(in: context)
        return """
            <div class="heading"><h1>\(words.title)</h1>\(isNew ? nil : newCall(in: context))</div>
            \(filter(in: context))
            \(LiveRegion("calls", of: calls.map(\.id), "\(banner(in: context))\(content)").html)
            \(Pagination(next: next).html(in: context))
            """
    }

    /// Whether the fund has not published any call yet.
    private var isNew: Bool { calls.isEmpty && status == nil && next == nil }

    private func newCall(in context: PageContext) -> HTML {
        "<a class=\"button\" href=\"\(URLPath.newCall)\">\(context.texts.words.fund.calls.new)</a>"
    }

    private func banner(in context: PageContext) -> HTML? { notice.map { NoticeBanner(notice: $0).html(in: context) } }

    private func filter(in context: PageContext) -> HTML? {
        if isNew { return nil }
        let words = context.texts.words.fund.calls
        let choices: [(Call.Status?, String)] = [
            (nil, words.all), (.open, words.open), (.started, words.started), (.cancelled, words.cancelled),
        ]
        let items = choices.map { choice, name in
            FilterLinks.Item(
                name: name, address: URLPath.with(URLPath.calls, ["status": choice?.rawValue]),
                isCurrent: choice == status)
        }
        return FilterLinks(label: words.filter, items: items).html
    }

    private func list(in context: PageContext) -> HTML {
        "<ul class=\"cards\">\(calls.map { item($0, in: context) })</ul>"
    }

    private func item(_ call: Call, in context: PageContext) -> HTML {
        let counts = CallCounts(call: call)
        let dates = CallDates(call, in: context)
        return """
            <li class="card dated">\(dates.tile)<div><h2><a href="\(URLPath.call(call.id))">\(call.name)</a></h2>
            <p class="soft">\(dates.when)</p>
            \(counts.bar)<p class="badges">\
            \(call.status.badge(in: context).html) <span>\(counts.line(in: context.texts))</span></p></div></li>

            """
    }

    private func empty(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.calls
        let (text, hint) =
            if next != nil { (words.emptyPage, words.emptyPageHint) } else if status != nil {
                (words.emptyFiltered, words.emptyFilteredHint)
            } else { (words.empty, words.emptyHint) }
        let button: HTML? = isNew ? "<p>\(newCall(in: context))</p>" : nil
        return "<div class=\"card empty\"><h2>\(text)</h2><p class=\"soft\">\(hint)</p>\(button)</div>"
    }
}

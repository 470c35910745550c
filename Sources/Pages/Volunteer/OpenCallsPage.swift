package import Contracts
import Wording

/// The open calls, with a search.
package struct OpenCallsPage: Page {
    package var calls: [Call]
    /// With the values `q`, `from` and `to`: a text and two dates.
    package var search: FormValues
    /// The volunteer's own responses to these calls.
    package var responses: [ID: CallResponse.State]
    /// The address of the next page.
    package var next: String?

    package init(calls: [Call], search: FormValues, responses: [ID: CallResponse.State], next: String?) {
        self.calls = calls
        self.search = search
        self.responses = responses
        self.next = next
    }

    package func title(in context: PageContext) -> String {
        context.title(context.texts.words.volunteer.openCalls.title, of: search)
    }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.openCalls
        let list: HTML =
            calls.isEmpty ? empty(in: context) : "<ul class=\"cards\">\(calls.map { card(of: $0, in: context) })</ul>"
        return """
            <div><h1>\(words.title)</h1><p class="lead">\(words.lead)</p></div>
            \(summary(in: context))\(form(in: context))
            \(LiveRegion("calls", of: calls.map(\.id), list).html)
            \(Pagination(next: next).html(in: context))
            """
    }

    private func summary(in context: PageContext) -> HTML? {
        let words = context.texts.words.volunteer.openCalls
        return ErrorSummary(form: search, fields: ["q": words.search, "from": words.from, "to": words.to])
            .html(in: context)
    }

    private func form(in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.openCalls
        var text = FormField("q", label: words.search, .input("search"))
        text.maxLength = 200
        let from = FormField("from", label: words.from, .input("date"))
        let to = FormField("to", label: words.to, .input("date"))
        return """
            <search><form class="search" action="\(URLPath.openCalls)">\(text.html(search, in: context))\
            <div class="pair">\(from.html(search, in: context))\(to.html(search, in: context))</div>\
            <button class="button quiet">\(words.submit)</button></form></search>
            """
    }

    private func card(of call: Call, in context: PageContext) -> HTML {
        let dates = CallDates(call, in: context)
        return """
            <li class="card dated">\(dates.tile)<div>\
            <h2><a href="\(URLPath.application(call.id))">\(call.name)</a></h2>\
            <p class="soft">\(dates.when)</p>\
            <p class="badges">\(own(call, in: context)?.html)\
            \(Self.room(in: call, texts: context.texts).html)</p></div></li>
            """
    }

    private func own(_ call: Call, in context: PageContext) -> Badge? {
        switch responses[call.id] {
        case .confirmed: Badge(.good, context.texts.words.states.confirmed.badge)
        case .waiting: Badge(.wait, context.texts.words.states.waitingSomewhere.badge)
        case .declined: Badge(.plain, context.texts.words.states.declined.badge)
        case nil: nil
        }
    }

    /// How full a call is.
    private static func room(in call: Call, texts: PageTexts) -> Badge {
        switch call.status {
        case .cancelled: Badge(.bad, texts.words.counts.cancelled)
        case .started: Badge(.plain, texts.words.counts.started)
        case .open where call.freeSpots > 0: Badge(.open, texts.counted(call.freeSpots, texts.words.counts.free))
        case .open where call.waiting > 0: Badge(.plain, texts.counted(call.waiting, texts.words.counts.full))
        case .open: Badge(.plain, texts.words.counts.allTaken)
        }
    }

    private func empty(in context: PageContext) -> HTML {
        let words = context.texts.words.volunteer.openCalls
        guard search.values.values.contains(where: { !$0.isEmpty }) else {
            return "<p class=\"card empty\">\(words.empty)</p>"
        }
        return """
            <div class="card empty"><p>\(words.emptySearch)</p>\
            <p><a class="button quiet" href="\(URLPath.openCalls)">\(words.reset)</a></p></div>
            """
    }
}

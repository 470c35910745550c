import Contracts
import Wording

/// One volunteer's response as the fund sees it, and the form that removes it, with a reason.
package struct PersonPage: Page {
    package var call: Call
    package var person: CallResponse
    /// With the value `reason`.
    package var form: FormValues
    package var key: FormKey
    package var notice: Notice?

    package init(call: Call, person: CallResponse, form: FormValues, key: FormKey, notice: Notice? = nil) {
        self.call = call
        self.person = person
        self.form = form
        self.key = key
        self.notice = notice
    }

    private func heading(in context: PageContext) -> String {
        context.texts.words.fund.person.title.filled(["person": person.volunteer.string])
    }

    package func title(in context: PageContext) -> String { context.title(heading(in: context), of: form) }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.fund
        return """
            <p class="back"><a href="\(URLPath.people(call.id))">← \(words.people.heading)</a></p>
            <div><h1>\(heading(in: context))</h1>\
            <p class="lead">\(call.name)<br>\(CallDates(call, in: context).when)</p></div>
            \(LiveRegion("response", of: [call.id], response(in: context)).html)
            \(removal(in: context))
            """
    }

    private func response(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.person
        let state = ResponseState(response: person, context: context)
        let banner = notice.map { NoticeBanner(notice: $0).html(in: context) }
        var facts = FactList()
        facts.append(
            words.state, "<span id=\"state\" data-news=\"\(state.badge.text)\">\(state.badge.html)</span>" as HTML)
        if let position = state.position { facts.append(words.position, position) }
        if let until = state.offerUntil { facts.append(words.offer, CallDates(call, in: context).until(until)) }
        if let reason = state.reason { facts.append(words.change, reason) }
        if let time = person.updatedAt { facts.append(words.since, Moment(time).html(in: context)) }
        if let comment = person.comment, !comment.isEmpty { facts.append(words.comment, comment) }
        return "\(banner)<div class=\"card\"><h2>\(words.response)</h2>\(facts.html)</div>"
    }

    private func removal(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.person
        if person.state == .declined { return "<p class=\"soft\">\(words.isDeclined)</p>" }
        guard call.status == .open else { return "<p class=\"soft\">\(words.isClosed)</p>" }
        let form = form.explained
        var field = FormField("reason", label: words.reason, hint: words.reasonHint, .area)
        field.maxLength = Limits.reason.upperBound
        let summary = ErrorSummary(form: form, fields: ["reason": words.reason]).html(in: context)
        return """
            \(summary)
            <div class="card"><h2>\(words.remove)</h2>
            <ul class="effects"><li>\(person.state == .confirmed ? words.removesConfirmed : words.removesWaiting)</li>\
            <li>\(words.mayReturn)</li>\
            <li>\(words.told)<blockquote>\(CallMessages(call, in: context).removed)</blockquote></li></ul>
            <form class="form" method="post" action="\(URLPath.person(person.volunteer, of: call.id))" novalidate>
            \(field.html(form, in: context))
            <input type="hidden" name="key" value="\(key.text)">
            <div class="actions"><button class="button danger">\(words.button)</button></div>
            </form></div>
            """
    }
}

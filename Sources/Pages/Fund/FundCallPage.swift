import Wording

/// One call as its fund sees it: counts, the form that changes it, and what else can be done.
package struct FundCallPage: Page {
    package var call: Call
    /// With the values of `CallField`.
    package var form: FormValues
    package var notice: Notice?

    package init(call: Call, form: FormValues, notice: Notice? = nil) {
        self.call = call
        self.form = form
        self.notice = notice
    }

    package func title(in context: PageContext) -> String { context.title(call.name, of: form) }

    package func main(in context: PageContext) -> HTML {
        """
        \(CallHeader(call: call, section: .call, notice: notice).html(in: context))
        \(LiveRegion("counts", of: [call.id], counts(in: context)).html)
        \(call.status == .cancelled ? details(in: context) : changes(in: context))
        """
    }

    private func counts(in context: PageContext) -> HTML {
        "\(closed(in: context))\(CallCounts(call: call).html(in: context.texts))"
    }

    /// Why the call takes no responses, and whether it can still be changed; nil while it is open.
    private func closed(in context: PageContext) -> HTML? {
        let words = context.texts.words.fund.call
        switch call.status {
        case .open: return nil
        case .started:
            return
                "<div class=\"notice plain\"><p id=\"closed\" data-news=\"\(words.started)\">\(words.started)</p></div>"
        case .cancelled:
            let reason = call.cancelReason.flatMap { $0.isEmpty ? nil : $0 }
            return """
                <div class="notice bad"><div><p id="closed" data-news="\(words.cancelled)">\(words.cancelled)</p>\
                \(reason.map { "<p>\(words.cancelledBecause)</p><blockquote>\($0)</blockquote>" })</div></div>
                """
        }
    }

    private func details(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.call
        let text = call.details.isEmpty ? words.noDetails : call.details
        return "<div class=\"card\"><h2>\(words.details)</h2><p class=\"text\">\(text)</p></div>"
    }

    private func changes(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.call
        let callForm = CallForm(form, of: call, in: context)
        return """
            \(callForm.summary)
            <div class="card"><h2>\(words.change)</h2><p class="soft">\(words.changeHint)</p>
            <form class="form" method="post" action="\(URLPath.call(call.id))" novalidate>
            \(callForm.fields)
            \(call.tag.map { "<input type=\"hidden\" name=\"tag\" value=\"\($0)\">" })
            <div class="actions"><button class="button">\(words.review)</button></div>
            </form></div>
            <div class="card"><h2>\(words.cancel)</h2><p class="soft">\(words.cancelHint)</p>
            <div class="actions">\
            <a class="button quiet" href="\(URLPath.cancellation(call.id))">\(words.cancel)</a></div>
            </div>
            """
    }
}

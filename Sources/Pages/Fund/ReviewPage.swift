import Contracts
import Wording

/// Says what a change will do, before the fund confirms it.
package struct ReviewPage: Page {
    package var call: Call
    /// The changed fields with their new values, by `CallField`.
    package var changed: FormValues
    /// The call as it will be.
    package var changedCall: Call
    package var key: FormKey

    package init(call: Call, changed: FormValues, changedCall: Call, key: FormKey) {
        self.call = call
        self.changed = changed
        self.changedCall = changedCall
        self.key = key
    }

    package func title(in context: PageContext) -> String {
        CallHeader.title(context.texts.words.fund.review.title, call, in: context)
    }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.review
        let content = changed.values.isEmpty ? "<p>\(words.nothing)</p>" : review(in: context)
        return """
            <p class="back"><a href="\(URLPath.call(call.id))">← \(call.name)</a></p>
            <div><h1>\(words.title)</h1><p class="lead">\(call.name)</p></div>
            \(content)
            """
    }

    private func review(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.review
        let effects = ChangeEffect.effects(of: self, now: context.now).map { item($0, in: context) }
        let fields = CallField.allCases.map(\.rawValue).compactMap { name in
            changed.values[name].map { "<input type=\"hidden\" name=\"\(name)\" value=\"\($0)\">" as HTML }
        }
        return """
            \(table(in: context))
            <div class="card"><h2>\(words.effects)</h2><ul class="effects">\(effects)</ul></div>
            <form method="post" action="\(URLPath.call(call.id))">\(fields)\
            \(call.tag.map { "<input type=\"hidden\" name=\"tag\" value=\"\($0)\">" })\
            <input type="hidden" name="confirmed" value="1"><input type="hidden" name="key" value="\(key.text)">
            <div class="actions"><button class="button">\(words.confirm)</button>\
            <a class="button quiet" href="\(URLPath.call(call.id))">\(words.back)</a></div></form>
            """
    }

    /// A message is quoted word for word.
    private func item(_ effect: ChangeEffect, in context: PageContext) -> HTML {
        var quote: String?
        if case .told(let confirmed, let waiting) = effect, confirmed + waiting > 0 {
            let oldName = changedCall.name == call.name ? nil : call.name
            quote = CallMessages(changedCall, in: context).changed(oldName: oldName)
        }
        return "<li>\(effect.text(in: context.texts))\(quote.map { "<blockquote>\($0)</blockquote>" })</li>"
    }

    private func table(in context: PageContext) -> HTML {
        let words = context.texts.words.fund
        var table = DataTable(
            words.review.changes, [.init(words.review.field), .init(words.review.before), .init(words.review.after)])
        func append(_ name: String, _ before: String, _ after: String) {
            guard before != after else { return }
            table.append(HTML(text: name), [excerpt(before, in: context), excerpt(after, in: context)])
        }
        append(words.form.name, call.name, changedCall.name)
        append(words.form.when, CallDates(call, in: context).when, CallDates(changedCall, in: context).when)
        append(words.form.timeZone, call.schedule.timeZone, changedCall.schedule.timeZone)
        append(words.form.spots, String(call.spots), String(changedCall.spots))
        append(words.form.details, call.details, changedCall.details)
        return table.html
    }

    /// The beginning of a long description is enough to see which one it is.
    private func excerpt(_ text: String, in context: PageContext) -> HTML {
        if text.isEmpty { return "<span class=\"soft\">\(context.texts.words.fund.review.empty)</span>" }
        let limit = 300
        return text.count > limit
            ? "<span class=\"text\">\(String(text.prefix(limit)))…</span>" : "<span class=\"text\">\(text)</span>"
    }
}

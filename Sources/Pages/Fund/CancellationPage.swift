import Contracts
import Wording

/// Says who will be told when a call is cancelled, and asks for the reason.
package struct CancellationPage: Page {
    package var call: Call
    /// With the value `reason`.
    package var form: FormValues
    package var key: FormKey

    package init(call: Call, form: FormValues, key: FormKey) {
        self.call = call
        self.form = form
        self.key = key
    }

    package func title(in context: PageContext) -> String {
        let title = CallHeader.title(context.texts.words.fund.cancellation.title, call, in: context)
        return context.title(title, of: form)
    }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.cancellation
        let isCancelled: HTML = "<div class=\"notice bad\"><p>\(words.isCancelled)</p></div>"
        return """
            <p class="back"><a href="\(URLPath.call(call.id))">← \(call.name)</a></p>
            <div><h1>\(words.question.filled(["name": call.name]))</h1>\
            <p class="lead">\(CallDates(call, in: context).when)</p></div>
            \(call.status == .cancelled ? isCancelled : cancellation(in: context))
            """
    }

    private func cancellation(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.cancellation
        let form = form.explained
        var field = FormField("reason", label: words.reason, hint: words.reasonHint, .area)
        field.maxLength = Limits.reason.upperBound
        let effects: HTML = "<ul class=\"effects\"><li>\(told(in: context))</li><li>\(words.final)</li></ul>"
        return """
            \(ErrorSummary(form: form, fields: ["reason": words.reason]).html(in: context))
            <div class="card">
            \(LiveRegion("effects", of: [call.id], effects).html)
            <form class="form" method="post" action="\(URLPath.cancellation(call.id))" novalidate>
            \(field.html(form, in: context))
            <input type="hidden" name="key" value="\(key.text)">
            <div class="actions"><button class="button danger">\(words.button)</button>\
            <a class="button quiet" href="\(URLPath.call(call.id))">\(words.back)</a></div>
            </form></div>
            """
    }

    private func told(in context: PageContext) -> HTML {
        let words = context.texts.words.fund.cancellation
        let people = ChangeEffect.people(confirmed: call.confirmed, waiting: call.waiting, in: context.texts)
        guard let people else { return HTML(text: words.toldNone) }
        return """
            \(words.told.filled(["people": people]))\
            <blockquote>\(CallMessages(call, in: context).cancelled)</blockquote>
            """
    }
}

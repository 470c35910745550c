/// The form with which a fund publishes a call.
package struct NewCallPage: Page {
    /// With the values of `CallField`.
    package var form: FormValues
    package var key: FormKey

    package init(form: FormValues, key: FormKey) {
        self.form = form
        self.key = key
    }

    package func title(in context: PageContext) -> String {
        context.title(context.texts.words.fund.form.newTitle, of: form)
    }

    package func main(in context: PageContext) -> HTML {
        let words = context.texts.words.fund
        let callForm = CallForm(form, of: nil, in: context)
        return """
            <p class="back"><a href="\(URLPath.calls)">← \(words.calls.title)</a></p>
            <div><h1>\(words.form.newTitle)</h1><p class="lead">\(words.form.publishHint)</p></div>
            \(callForm.summary)
            <form class="form card" method="post" action="\(URLPath.newCall)" novalidate>
            \(callForm.fields)
            <input type="hidden" name="key" value="\(key.text)">
            <div class="actions"><button class="button">\(words.form.publish)</button></div>
            </form>
            """
    }
}

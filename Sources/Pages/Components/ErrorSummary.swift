/// What is wrong with a form, before the form, with links to its fields. It has the focus when the page is loaded.
struct ErrorSummary {
    let form: FormValues
    /// The labels of the fields by their names, in the order of the form.
    let fields: KeyValuePairs<String, String>

    /// Nil without errors.
    func html(in context: PageContext) -> HTML? {
        guard !form.errors.isEmpty else { return nil }
        let words = context.texts.words.form
        let known = fields.compactMap { name, label -> HTML? in
            form.errors[name].map { code in
                "<li><a href=\"#\(FormField.id(of: name))\">\(label): \(words.text(of: code))</a></li>"
            }
        }
        let names = Set(fields.map(\.key))
        let others = form.errors.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }.map { error -> HTML in
            let notice = context.texts.words.notice.refused[error.value]
            return "<li>\(notice ?? words.text(of: error.value))</li>"
        }
        return """
            <div class="errors" id="errors" tabindex="-1" autofocus><h2>\(words.summary)</h2>\
            <ul>\(known)\(others)</ul></div>
            """
    }
}

extension PageTexts.Words.Form {
    /// A sentence for a code of the API.
    func text(of code: String) -> String { errors[code] ?? errorUnknown }
}

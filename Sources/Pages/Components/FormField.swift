/// A field of a form with its label, its hint and its error, connected for those who cannot see them.
struct FormField {
    enum Kind: Sendable {
        /// `<input type="…">`: `text`, `search`, `date`, `time`, `number`.
        case input(StaticString)
        case area
        /// The values and their names.
        case choice([(value: String, name: String)])
    }

    var name: String
    var label: String
    var hint: String?
    var kind: Kind
    var isRequired = false
    /// Of the text, in characters; it is checked again where the form arrives.
    var maxLength: Int?
    var min: String?
    var max: String?
    /// As HTML names what browsers may fill in; nil for nothing in particular.
    var autocomplete: String?
    /// The id of a `<datalist>`.
    var list: String?

    init(_ name: String, label: String, hint: String? = nil, _ kind: Kind) {
        self.name = name
        self.label = label
        self.hint = hint
        self.kind = kind
    }

    /// The id of the input: `field-name`, to which the summary of errors links.
    static func id(of name: String) -> String { "field-\(name)" }

    func html(_ form: FormValues, in context: PageContext) -> HTML {
        let id = Self.id(of: name)
        let error = form.errors[name].map { context.texts.words.form.text(of: $0) }
        return """
            <div><label for="\(id)">\(label)</label>\
            \(hint.map { "<p class=\"hint\" id=\"\(id)-hint\">\($0)</p>" })\
            \(error.map { "<p class=\"error\" id=\"\(id)-error\">\($0)</p>" })\
            \(control(value: form[name], attributes: attributes(id: id, hasError: error != nil)))</div>
            """
    }

    private func attributes(id: String, hasError: Bool) -> HTML {
        let descriptions = [hint == nil ? nil : "\(id)-hint", hasError ? "\(id)-error" : nil].compactMap { $0 }
        let describedBy = descriptions.isEmpty ? nil : descriptions.joined(separator: " ")
        return """
             id="\(id)" name="\(name)"\(attribute: "aria-describedby", describedBy)\
            \(attribute: "aria-invalid", hasError ? "true" : nil)\(flag: "required", if: isRequired)\
            \(attribute: "maxlength", maxLength.map { "\($0)" })\(attribute: "min", min)\(attribute: "max", max)\
            \(attribute: "autocomplete", autocomplete)\(attribute: "list", list)
            """
    }

    private func control(value: String, attributes: HTML) -> HTML {
        switch kind {
        case .input(let type):
            return "<input type=\"\(HTML(stringLiteral: type))\"\(attributes) value=\"\(value)\">"
        case .area:
            // A line break after the tag is not part of the text, so that a text that begins with one keeps it.
            return "<textarea\(attributes)>\n\(value)</textarea>"
        case .choice(let options):
            let items = options.map { option -> HTML in
                """
                <option value="\(option.value)"\(flag: "selected", if: option.value == value)>\(option.name)</option>
                """
            }
            return "<select\(attributes)>\(items)</select>"
        }
    }
}

import Web

extension Problem {
    /// One field of a body is invalid.
    /// - Parameter rule: what it must be, as the end of a sentence.
    init(invalid field: String, _ code: Item.Code, _ rule: String) {
        self.init(
            .validation, "The field \(field) \(rule).",
            errors: [Item(pointer: "/\(field)", code: code, detail: rule)])
    }
}

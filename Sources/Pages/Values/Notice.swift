/// What a page says about the command that the visitor has sent last.
package enum Notice: Sendable, Hashable {
    /// It is accepted and still runs. The page finishes the sentence when it is over.
    case running
    /// It was carried out.
    case done
    /// It was refused: the code of a problem or of a refusal of the API, such as `application_started`.
    case refused(code: String)
}

/// The values of a form as the visitor typed them, by field, and what is wrong with them.
package struct FormValues: Sendable, Hashable {
    package var values: [String: String]
    /// The problem of a field, by its name: a code of the API, such as `missing` or `too_long`. A problem of the whole
    /// form has the name "".
    package var errors: [String: String]

    package init(_ values: [String: String] = [:], errors: [String: String] = [:]) {
        self.values = values
        self.errors = errors
    }

    package subscript(_ name: String) -> String { values[name] ?? "" }
}

/// Makes the double click of a button one command: it becomes the `Idempotency-Key`.
package struct FormKey: Sendable, Hashable {
    package var text: String

    package init(_ text: String) { self.text = text }
}

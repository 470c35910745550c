/// A property that does not hold. The text names the property, not the input, so that one cause is reported once.
package struct Violation: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// - Throws: ``Violation`` unless the condition is true.
func require(_ condition: Bool, _ violation: @autoclosure () -> String) throws(Violation) {
    if !condition { throw Violation(violation()) }
}

/// An error text for people is one short line without control characters, which never repeats a long input.
func requirePresentable(_ text: String, about input: [UInt8]) throws(Violation) {
    try require(!text.isEmpty, "an error text is empty")
    try require(text.utf8.count <= 600, "an error text is longer than 600 bytes")
    let isClean = text.unicodeScalars.allSatisfy { scalar in
        scalar.properties.generalCategory != .control && scalar != "\u{2028}" && scalar != "\u{2029}"
    }
    try require(isClean, "an error text has control characters")
    if input.count > 400 {
        try require(!text.contains(String(decoding: input, as: UTF8.self)), "an error text repeats the whole input")
    }
}

/// One reader of the house: where its inputs begin, how they are varied, and what must hold of whatever it says to one.
/// An input is always bytes, so that any can be written down, repeated and shrunk.
package struct Subject: Sendable {
    package let name: String
    /// What is known to be read, and what is known to be odd.
    package let seeds: [[UInt8]]
    /// Makes a new input of one that was interesting; the other is for splicing.
    package let vary: @Sendable (inout Dice, _ base: [UInt8], _ other: [UInt8]) -> [UInt8]
    /// The reader's answer in a few words, of which there are not too many: an input with a new answer is kept and
    /// varied further.
    package let judge: @Sendable ([UInt8]) throws(Flaw) -> String

    package init(
        _ name: String, seeds: [[UInt8]],
        vary: @escaping @Sendable (inout Dice, _ base: [UInt8], _ other: [UInt8]) -> [UInt8],
        judge: @escaping @Sendable ([UInt8]) throws(Flaw) -> String
    ) {
        self.name = name
        self.seeds = seeds
        self.vary = vary
        self.judge = judge
    }

    /// A reader of text: its inputs are varied by bytes and by these pieces.
    init(
        _ name: String, seeds: [String], pieces: [String] = [],
        judge: @escaping @Sendable (String) throws(Flaw) -> String
    ) {
        let mutator = ByteMutator(pieces: (pieces + seeds).map { Array($0.utf8) } + Odd.texts)
        self.init(
            name, seeds: seeds.map { Array($0.utf8) }, vary: { mutator.vary(&$0, $1, $2) },
            judge: { input throws(Flaw) in try judge(String(decoding: input, as: UTF8.self)) })
    }

    /// All readers of what comes from outside: bodies, questions, headers, settings, subcommands.
    package static let all: [Subject] = [
        .message, .inquiry, .delivery, .name, .duration, .time, .zone, .id, .traceparent, .url, .setting, .arguments,
        .command, .reminder,
    ]

    package static func named(_ name: String) -> Subject? { all.first { $0.name == name } }
}

/// A property that does not hold. The text names the property, not the input, so that one flaw is reported once.
package struct Flaw: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// - Throws: `Flaw` if it does not hold.
func require(_ holds: Bool, _ property: @autoclosure () -> String) throws(Flaw) {
    if !holds { throw Flaw(property()) }
}

/// What is said to people about an input: one short line without control characters, which never repeats a long input.
func requireFit(_ complaint: String, about input: [UInt8]) throws(Flaw) {
    try require(!complaint.isEmpty, "a complaint is empty")
    try require(complaint.utf8.count <= 600, "a complaint is longer than 600 bytes")
    let isClean = complaint.unicodeScalars.allSatisfy { scalar in
        scalar.properties.generalCategory != .control && scalar != "\u{2028}" && scalar != "\u{2029}"
    }
    try require(isClean, "a complaint has control characters")
    if input.count > 400 {
        try require(!complaint.contains(String(decoding: input, as: UTF8.self)), "a complaint repeats the whole input")
    }
}

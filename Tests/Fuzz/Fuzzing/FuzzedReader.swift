package import SeededRandom

/// A parser of outside input under test: its seeds, how inputs are mutated, and the properties that its results must
/// have. An input is always bytes, so that any can be written down, repeated and shrunk.
package struct FuzzedReader: Sendable {
    package let name: String
    /// Valid inputs and known edge cases.
    package let seeds: [[UInt8]]
    /// Makes a new input of one that had a new outcome; the other is for splicing.
    package let mutate: @Sendable (_ base: [UInt8], _ other: [UInt8], inout SeededGenerator) -> [UInt8]
    /// Returns the outcome in a few words, one of a small number: an input with a new outcome is kept for mutation.
    package let check: @Sendable ([UInt8]) throws(Violation) -> String

    package init(
        _ name: String, seeds: [[UInt8]],
        mutate: @escaping @Sendable (_ base: [UInt8], _ other: [UInt8], inout SeededGenerator) -> [UInt8],
        check: @escaping @Sendable ([UInt8]) throws(Violation) -> String
    ) {
        self.name = name
        self.seeds = seeds
        self.mutate = mutate
        self.check = check
    }

    /// A reader of text. Its inputs are mutated as bytes, with these tokens.
    init(
        _ name: String, seeds: [String], tokens: [String] = [],
        check: @escaping @Sendable (String) throws(Violation) -> String
    ) {
        let mutator = ByteMutator(tokens: (tokens + seeds).map { Array($0.utf8) } + EdgeValues.texts)
        self.init(
            name, seeds: seeds.map { Array($0.utf8) }, mutate: { mutator.mutate($0, splicing: $1, &$2) },
            check: { input throws(Violation) in try check(String(decoding: input, as: UTF8.self)) })
    }

    /// A reader of JSON. Its inputs are mutated by their structure.
    init(
        _ name: String, json seeds: [[UInt8]], names: [String],
        check: @escaping @Sendable ([UInt8]) throws(Violation) -> String
    ) {
        let mutator = JSONMutator(names: names)
        self.init(name, seeds: seeds, mutate: { mutator.mutate($0, splicing: $1, &$2) }, check: check)
    }

    /// All readers of outside input: bodies, requests, headers, settings, subcommands. Message bodies come first.
    package static let all: [FuzzedReader] = [
        .message, .inquiry, .delivery, .name, .duration, .time, .zone, .id, .traceparent, .url, .setting, .arguments,
        .command,
    ]

    package static func named(_ name: String) -> FuzzedReader? { all.first { $0.name == name } }
}

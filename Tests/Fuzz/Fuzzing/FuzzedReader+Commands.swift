import ArgumentParser
import Foundation
import ServiceKit

/// Command lines, and lines from the operator socket in `DATA_DIR` (contract section 7).
extension FuzzedReader {
    /// The input's words are separated by NUL, which no argument can contain.
    static let arguments = FuzzedReader(
        "arguments",
        seeds: [
            "", "serve", "--help", "--version", "parked\0list", "parked\0show\0p00-17", "blocked\0retry\0p12-1\0--json",
            "blocked\0discard\0p00-9223372036854775807", "refused\0list", "streams", "counters\0--json",
            "--http-port=81", "--http-port\081", "--data-dir=x\0blocked\0list", "--unknown", "-x", "parked\0bake",
        ],
        tokens: [
            "\0", "parked\0", "blocked\0", "refused\0", "streams\0", "counters\0", "list", "show\0", "retry\0",
            "discard\0", "p00-1", "p-1", "p00-+1", "--json\0", "--", "-", "=", "--amqp-url=", "--help", "\u{1b}[31m",
            "\u{202e}",
        ],
        check: { text throws(Violation) in
            let words =
                text.isEmpty ? [] : text.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
            do {
                let invocation = try invocation(words)
                guard let command = invocation.adminCommand else { return "serve" }
                try requireCommand(command)
                return "\(command.subject) \(command.verb) \(command.asJSON)"
            } catch is Invocation.InformationRequest {
                return "help or version"
            } catch let error as ConfigurationError {
                try requirePresentable(error.description, about: Array(text.utf8))
                return String(error.description.prefix(12))
            } catch let error as Violation {
                throw error
            } catch {
                throw Violation("an unexpected kind of error")
            }
        })

    static let command = FuzzedReader(
        "command", json: seeds, names: ["subject", "verb", "item", "asJSON", "partition", "row"],
        check: { input throws(Violation) in
            guard let command = AdminCommand(line: Data(input)) else { return "refused" }
            try requireCommand(command)
            return "\(command.subject) \(command.verb) \(command.item != nil)"
        })

    private static let seeds: [[UInt8]] = [
        ["parked", "list"], ["parked", "show", "p00-17"], ["blocked", "retry", "p12-1"], ["refused", "list"],
        ["streams"], ["counters"],
    ].compactMap { words in
        guard let command = try? invocation(words + ["--json"]).adminCommand,
            let line = try? JSONEncoder().encode(command)
        else {
            return nil
        }
        return Array(line) + [UInt8(ascii: "\n")]
    }

    private struct Root: ParsableCommand {
        static let program = ServiceProgram("Fuzz", abstract: "", defaultPort: 8080, settings: [])
        static let configuration = CommandConfiguration.service(program)
    }

    private static func invocation(_ words: [String]) throws -> Invocation {
        try Invocation(words, root: Root.self, settings: Root.program.settings)
    }

    /// A command survives the socket unchanged, and its item has a name that people can type.
    private static func requireCommand(_ command: AdminCommand) throws(Violation) {
        let line = try? JSONEncoder().encode(command)
        try require(line.flatMap { AdminCommand(line: $0) } == command, "a command changes when written and read")
        guard let item = command.item else { return }
        try require(ItemID(item.description) == item, "an item changes when written and read")
        try require(item.row > 0, "an item's row is out of range")
        try requirePresentable(item.description, about: [])
        try require(item.description.utf8.count <= 32, "an item's name is too long")
    }
}

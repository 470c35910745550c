import ArgumentParser
import Foundation
import ServiceKit

/// Command lines, and what comes through the socket in `DATA_DIR` (contract section 7).
extension Subject {
    /// The words stand apart by a NUL, which no word can have.
    static let arguments = Subject(
        "arguments",
        seeds: [
            "", "serve", "--help", "--version", "parked\0list", "parked\0show\0p00-17", "blocked\0retry\0p12-1\0--json",
            "blocked\0discard\0p00-9223372036854775807", "refused\0list", "streams", "counters\0--json",
            "--http-port=81", "--http-port\081", "--data-dir=x\0blocked\0list", "--unknown", "-x", "parked\0bake",
        ],
        pieces: [
            "\0", "parked\0", "blocked\0", "refused\0", "streams\0", "counters\0", "list", "show\0", "retry\0",
            "discard\0", "p00-1", "p-1", "p00-+1", "--json\0", "--", "-", "=", "--amqp-url=", "--help", "\u{1b}[31m",
            "\u{202e}",
        ],
        judge: { text throws(Flaw) in
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
                try requireFit(error.description, about: Array(text.utf8))
                return String(error.description.prefix(12))
            } catch let error as Flaw {
                throw error
            } catch {
                throw Flaw("an error of another kind")
            }
        })

    static let command = Subject(
        "command",
        seeds: seeds,
        vary: {
            [
                mutator = JSONMutator(
                    names: ["subject", "verb", "item", "asJSON", "partition", "row"])
            ] in
            mutator.vary(&$0, $1, $2)
        },
        judge: { input throws(Flaw) in
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

    /// A command says the same on the other side of the socket, and names an item as people write it.
    private static func requireCommand(_ command: AdminCommand) throws(Flaw) {
        let line = try? JSONEncoder().encode(command)
        try require(line.flatMap { AdminCommand(line: $0) } == command, "a command is read as something else")
        guard let item = command.item else { return }
        try require(ItemID(item.description) == item, "an item's name is read as another item")
        try require(item.row > 0, "an item has no number")
        try requireFit(item.description, about: [])
        try require(item.description.utf8.count <= 32, "an item's name is longer than any partition's and row's")
    }
}

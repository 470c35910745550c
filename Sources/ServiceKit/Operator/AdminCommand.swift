import Contracts
package import Foundation

/// An operator's command: which messages or figures, and what to do (contract section 7).
package struct AdminCommand: Sendable, Hashable, Codable {
    package enum Subject: String, Sendable, Codable {
        case parked
        case blocked
        case refused
        case streams
        case counters
        case backup
        case move
    }

    package enum Verb: String, Sendable, Codable {
        case list
        case show
        case retry
        case discard
        case write
        case move
    }

    package let subject: Subject
    package let verb: Verb
    /// The message; nil with `list` alone.
    package let item: ItemID?
    /// Whether to answer in lines of JSON, not in columns.
    package let asJSON: Bool
    /// With `write`: the absolute path of the folder to write to.
    package let directory: String?
    /// With `move`: the partition's name.
    package let partition: String?
    /// With `move`: the process that is to get it.
    package let process: String?

    init(
        _ subject: Subject, _ verb: Verb, _ item: ItemID?, asJSON: Bool, directory: String? = nil,
        partition: String? = nil, process: String? = nil
    ) {
        self.subject = subject
        self.verb = verb
        self.item = item
        self.asJSON = asJSON
        self.directory = directory
        self.partition = partition
        self.process = process
    }

    /// Reads a command from the socket; nil if it is malformed.
    package init?(line: Data) {
        guard let command = try? JSONDecoder().decode(AdminCommand.self, from: line) else { return nil }
        self = command
    }
}

import Contracts
package import Foundation

/// A subcommand, as typed: what is stuck, and what to do about it (contract section 7).
package struct AdminCommand: Sendable, Hashable, Codable {
    package enum Subject: String, Sendable, Codable {
        case parked
        case blocked
        case refused
        case streams
        case counters
    }

    package enum Verb: String, Sendable, Codable {
        case list
        case show
        case retry
        case discard
    }

    package let subject: Subject
    package let verb: Verb
    package let item: ItemID?
    package let asJSON: Bool

    package init(_ words: [String], asJSON: Bool) throws(ConfigurationError) {
        guard let subject = words.first.flatMap(Subject.init(rawValue:)) else {
            throw ConfigurationError("unknown subcommand \((words.first ?? "").quoted); see --help")
        }
        self.subject = subject
        self.asJSON = asJSON
        let verbs: [Verb] =
            switch subject {
            case .parked, .blocked: [.list, .show, .retry, .discard]
            case .refused, .streams, .counters: [.list]
            }
        if words.count == 1, verbs == [.list], subject != .refused {
            verb = .list
            item = nil
            return
        }
        guard words.count >= 2, let verb = Verb(rawValue: words[1]), verbs.contains(verb) else {
            throw ConfigurationError("\(subject.rawValue) takes \(verbs.map(\.rawValue).joined(separator: ", "))")
        }
        self.verb = verb
        if verb == .list {
            guard words.count == 2 else { throw ConfigurationError("\(subject.rawValue) list takes nothing more") }
            item = nil
        } else {
            guard words.count == 3 else {
                throw ConfigurationError("\(subject.rawValue) \(verb.rawValue) takes one id")
            }
            guard let item = ItemID(words[2]) else { throw ConfigurationError("an id looks like p00-17") }
            self.item = item
        }
    }
}

extension AdminCommand {
    /// As it comes through the socket; nil for what is none.
    package init?(line: Data) {
        guard let command = try? JSONDecoder().decode(AdminCommand.self, from: line) else { return nil }
        self = command
    }
}

/// An item's id in subcommands: its partition and its row, `p00-17`.
package struct ItemID: Sendable, Hashable, CustomStringConvertible {
    package let partition: String
    package let row: Int64

    init(partition: String, row: Int64) {
        self.partition = partition
        self.row = row
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Partition(name: String(parts[0])), let row = Int64(parts[1]), row > 0
        else { return nil }
        self.init(partition: partition.name, row: row)
        // Numbers can be written in other ways, which are no names.
        guard description == text else { return nil }
    }

    package var description: String { "\(partition)-\(row)" }
}

extension ItemID: Codable {
    /// As people write it: what comes through the socket is as good as what they type.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = ItemID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no item's name")
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What a subcommand answers: lines for standard output, a word for standard error, and the exit code.
struct AdminResponse: Sendable, Codable {
    var lines: [String] = []
    var complaint: String?
    var exitCode: Int32 = 0

    static func unknown(_ id: ItemID) -> AdminResponse {
        AdminResponse(complaint: "there is no \(id)", exitCode: 1)
    }
}

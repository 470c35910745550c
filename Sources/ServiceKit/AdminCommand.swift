import Foundation

/// A subcommand, as typed: what is stuck, and what to do about it (contract section 7).
struct AdminCommand: Sendable, Hashable, Codable {
    enum Subject: String, Sendable, Codable {
        case parked
        case blocked
        case refused
        case streams
        case counters
    }

    enum Verb: String, Sendable, Codable {
        case list
        case show
        case retry
        case discard
    }

    let subject: Subject
    let verb: Verb
    let item: ItemID?
    let asJSON: Bool

    init(_ words: [String], asJSON: Bool) throws(SettingError) {
        guard let subject = words.first.flatMap(Subject.init(rawValue:)) else {
            throw SettingError("unknown subcommand \((words.first ?? "").quoted); see --help")
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
            throw SettingError("\(subject.rawValue) takes \(verbs.map(\.rawValue).joined(separator: ", "))")
        }
        self.verb = verb
        if verb == .list {
            guard words.count == 2 else { throw SettingError("\(subject.rawValue) list takes nothing more") }
            item = nil
        } else {
            guard words.count == 3 else { throw SettingError("\(subject.rawValue) \(verb.rawValue) takes one id") }
            guard let item = ItemID(words[2]) else { throw SettingError("an id looks like p00-17") }
            self.item = item
        }
    }
}

/// An item's id in subcommands: its partition and its row, `p00-17`.
struct ItemID: Sendable, Hashable, Codable, CustomStringConvertible {
    let partition: String
    let row: Int64

    init(partition: String, row: Int64) {
        self.partition = partition
        self.row = row
    }

    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let row = Int64(parts[1]), row > 0, parts[0].first == "p" else { return nil }
        self.init(partition: String(parts[0]), row: row)
    }

    var description: String { "\(partition)-\(row)" }
}

/// What a subcommand answers: lines for standard output, a word for standard error, and the exit code.
struct AdminAnswer: Sendable, Codable {
    var lines: [String] = []
    var complaint: String?
    var exitCode: Int32 = 0

    static func unknown(_ id: ItemID) -> AdminAnswer {
        AdminAnswer(complaint: "there is no \(id)", exitCode: 1)
    }
}

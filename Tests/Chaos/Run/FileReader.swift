import ChaosHistory
import Contracts
import Foundation
import GRDB

/// Reads what the services' files say when nothing is in progress. It only reads: the services go on.
struct FileReader {
    let stage: ChaosStage

    /// The applications in the files of ApplicationService and WaitlistService.
    func rest() async throws -> [ID: ApplicationRest] {
        var rest: [ID: ApplicationRest] = [:]
        for file in stage.files(of: .application) {
            for (id, decider) in try await read(file, Self.deciders) {
                rest[id, default: ApplicationRest()].decider = decider
            }
        }
        for file in stage.files(of: .waitlist) {
            for (id, list) in try await read(file, Self.lists) {
                rest[id, default: ApplicationRest()].list = list
            }
        }
        return rest
    }

    /// The applications in the files of NotifierService.
    func audiences() async throws -> [ID: [Partition: AudienceRest]] {
        var audiences: [ID: [Partition: AudienceRest]] = [:]
        for target in stage.reporters where target.service == .notifier {
            for (address, file) in target.files {
                for (id, audience) in try await read(file, Self.audiences) {
                    audiences[id, default: [:]][address.partition] = audience
                }
            }
        }
        return audiences
    }

    /// The reminders that NotifierService has recorded as missed.
    func missedReminders() async throws -> Set<MissedReminder> {
        var missed: Set<MissedReminder> = []
        for file in stage.files(of: .notifier) {
            missed.formUnion(
                try await read(file) { db in
                    try Row.fetchAll(
                        db,
                        sql: """
                            SELECT application.key, user, lead, reminder.starts_at FROM reminder
                            JOIN audience ON audience.id = reminder.audience
                            JOIN application ON application.id = audience.application
                            WHERE outcome = 'missed'
                            """
                    ).map { row in
                        MissedReminder(
                            application: .trusted(row[0]), user: .trusted(row[1]), lead: row[2],
                            start: Timestamp(milliseconds: row[3]))
                    }
                })
        }
        return missed
    }

    /// The messages to other services that their senders have in their files, all of those that were sent in a run.
    func sentMessages() async throws -> [ObservedMessage] {
        var messages: [ObservedMessage] = []
        for service in ServiceName.allCases {
            for file in stage.files(of: service) { messages += try await read(file, Self.sent) }
        }
        return messages
    }

    private func read<Value: Sendable>(
        _ file: URL, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: file.path, configuration: configuration)
        let value = try await queue.read(body)
        try queue.close()
        return value
    }

    @Sendable private static func sent(_ db: Database) throws -> [ObservedMessage] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT name, epoch, seq - base, exchange, routing_key, traceparent, created_at, body FROM outbox
                JOIN stream_out ON stream_out.id = outbox.stream WHERE seq > base ORDER BY stream, seq
                """)
        return rows.compactMap { row in
            let (name, epoch, seq) = (row[0] as String, row[1] as Int64, row[2] as Int64)
            guard let stream = StreamName(parsing: name) else { return nil }
            return ObservedMessage(
                exchange: row[3], routingKey: row[4], messageID: "\(name)/\(epoch)/\(seq)",
                producer: stream.producer.name, stream: name, epoch: epoch, seq: seq, traceparent: row[5],
                sentAt: Timestamp(milliseconds: row[6] as Int64 / 1000 * 1000), body: [UInt8](row[7] as Data))
        }
    }

    private static let announced =
        "SELECT key, name, starts_at, cancelled FROM application WHERE key NOT LIKE '*%'"

    /// Lists and applications that are being forgotten have other keys.
    private static let listRows = "SELECT key, reserved, release, seen, outstanding FROM list WHERE key NOT LIKE '*%'"

    private static let applications =
        """
        SELECT key, reserved, release, sent, name, starts_at, capacity, status FROM application
        WHERE key NOT LIKE '*%'
        """

    @Sendable private static func deciders(_ db: Database) throws -> [ID: ApplicationRest.Decider] {
        var deciders: [ID: ApplicationRest.Decider] = [:]
        for row in try Row.fetchAll(db, sql: Self.applications) {
            var decider = ApplicationRest.Decider()
            decider.reserved = row[1]
            decider.release = row[2]
            decider.sent = row[3]
            decider.name = row[4]
            decider.startsAt = Timestamp(milliseconds: row[5])
            decider.capacity = row[6]
            decider.isCancelled = row[7] as String == "cancelled"
            decider.exists = true
            deciders[.trusted(row[0])] = decider
        }
        let members = try Row.fetchAll(
            db,
            sql: """
                SELECT key, volunteer, standing, offer_release, offer_expires_at FROM member
                JOIN application ON application.id = member.application ORDER BY sequence
                """)
        for row in members {
            let id = ID.trusted(row[0])
            let volunteer = ID.trusted(row[1])
            switch row[2] as String {
            case "confirmed": deciders[id]?.confirmed.insert(volunteer)
            case "waiting":
                deciders[id]?.waiting.insert(volunteer)
                deciders[id]?.order.append(volunteer)
                guard let release = row[3] as Int?, release == deciders[id]?.release, let end = row[4] as Int64? else {
                    continue
                }
                deciders[id]?.offers[volunteer] = Timestamp(milliseconds: end)
            default: continue
            }
        }
        return deciders
    }

    @Sendable private static func lists(_ db: Database) throws -> [ID: ApplicationRest.List] {
        var lists: [ID: ApplicationRest.List] = [:]
        for row in try Row.fetchAll(db, sql: Self.listRows) {
            var list = ApplicationRest.List()
            list.reserved = row[1]
            list.release = row[2]
            list.seen = row[3]
            list.outstanding = row[4]
            list.exists = true
            lists[.trusted(row[0])] = list
        }
        let entries = try Row.fetchAll(
            db,
            sql: "SELECT key, volunteer FROM entry JOIN list ON list.id = entry.list ORDER BY list.id, sequence")
        for row in entries { lists[.trusted(row[0])]?.order.append(.trusted(row[1])) }
        return lists
    }

    @Sendable private static func audiences(_ db: Database) throws -> [ID: AudienceRest] {
        var audiences: [ID: AudienceRest] = [:]
        for row in try Row.fetchAll(db, sql: Self.announced) {
            var audience = AudienceRest()
            audience.name = row[1]
            audience.startsAt = Timestamp(milliseconds: row[2] ?? 0)
            audience.isCancelled = row[3]
            audiences[.trusted(row[0])] = audience
        }
        // The key of a timer begins with the row of its recipient.
        let reminded = Set(
            try String.fetchAll(db, sql: "SELECT key FROM timer WHERE kind = 'reminder'").compactMap {
                $0.split(separator: " ").first.flatMap { Int64($0) }
            })
        let recipients = try Row.fetchAll(
            db,
            sql: """
                SELECT key, audience.id, user, standing FROM audience
                JOIN application ON application.id = audience.application
                """)
        for row in recipients where audiences[.trusted(row[0])] != nil {
            let (id, user) = (ID.trusted(row[0]), ID.trusted(row[2]))
            switch row[3] as String {
            case "confirmed": audiences[id]?.confirmed.insert(user)
            case "waiting": audiences[id]?.waiting.insert(user)
            default: break
            }
            if reminded.contains(row[1]) { audiences[id]?.reminded.insert(user) }
        }
        return audiences
    }
}

extension ChaosStage {
    fileprivate func files(of service: ServiceName) -> [URL] {
        reporters.filter { $0.service == service }.flatMap { $0.files.map(\.file) }
    }
}

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

    @Sendable private static func deciders(_ db: Database) throws -> [ID: ApplicationRest.Decider] {
        var deciders: [ID: ApplicationRest.Decider] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT key, reserved, release, sent FROM application") {
            var decider = ApplicationRest.Decider()
            decider.reserved = row[1]
            decider.release = row[2]
            decider.sent = row[3]
            deciders[.trusted(row[0])] = decider
        }
        let members = try Row.fetchAll(
            db,
            sql: """
                SELECT key, volunteer, standing, offer_release, offer_expires_at FROM member
                JOIN application ON application.id = member.application
                """)
        for row in members {
            let id = ID.trusted(row[0])
            let volunteer = ID.trusted(row[1])
            switch row[2] as String {
            case "confirmed": deciders[id]?.confirmed.insert(volunteer)
            case "waiting":
                deciders[id]?.waiting.insert(volunteer)
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
        for row in try Row.fetchAll(db, sql: "SELECT key, reserved, release, seen, outstanding FROM list") {
            var list = ApplicationRest.List()
            list.reserved = row[1]
            list.release = row[2]
            list.seen = row[3]
            list.outstanding = row[4]
            lists[.trusted(row[0])] = list
        }
        let entries = try Row.fetchAll(
            db,
            sql: "SELECT key, volunteer FROM entry JOIN list ON list.id = entry.list ORDER BY list.id, sequence")
        for row in entries { lists[.trusted(row[0])]?.order.append(.trusted(row[1])) }
        return lists
    }
}

extension ChaosStage {
    fileprivate func files(of service: ServiceName) -> [URL] {
        targets.filter { $0.service == service }.flatMap(\.files)
    }
}

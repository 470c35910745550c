import Contracts
import Foundation
import Ledger

/// Answers operators' commands about one partition.
struct AdminHandler: Sendable {
    let file: LedgerFile
    let dataDirectory: String
    let partitions: Int
    let writer: LedgerWriter
    /// Ends a backup when the service stops.
    let interruption = BackupInterruption()

    /// The number of rows read at a time.
    private static let pageSize = 1000
    /// The maximum number of lines of a list. It bounds the memory of an answer, and is more than anyone reads.
    private static let lineLimit = 100_000

    /// Blocks the calling thread; returns when a change is committed.
    func handle(_ command: AdminCommand) -> AdminResponse {
        do {
            switch (command.verb, command.item) {
            case (.write, _): return try write(command)
            case (.list, _): return try list(command)
            case (.show, let id?): return try show(command, id)
            case (.retry, let id?), (.discard, let id?): return try change(command, id)
            default: return AdminResponse(error: "an id is missing", exitCode: 64)
            }
        } catch let error as LedgerError where [.exists, .missing].contains(error.code) {
            return AdminResponse(error: error.description, exitCode: 1)
        } catch let error as LedgerError where command.verb == .write {
            return AdminResponse(error: error.description, exitCode: 74)
        } catch {
            return AdminResponse(error: "the file cannot be used: \(error)", exitCode: 74)
        }
    }

    // MARK: - Reading

    private func list(_ command: AdminCommand) throws -> AdminResponse {
        var response = AdminResponse()
        let asJSON = command.asJSON
        switch command.subject {
        case .parked: response.lines = try lines(asJSON, fetch: file.parked, id: \.id, fields: fields(of:))
        case .blocked: response.lines = try lines(asJSON, fetch: file.blocked, id: \.id, fields: fields(of:))
        case .refused: response.lines = try lines(asJSON, fetch: file.refused, id: \.id, fields: fields(of:))
        case .streams: response.lines = try file.streams().map { line(fields(of: $0), asJSON) }
        case .backup, .move: return AdminResponse(error: "backups and moves are not listed", exitCode: 64)
        case .counters:
            response.lines = try file.counters().sorted { $0.key < $1.key }.map { name, value in
                line([("counter", name), ("value", String(value)), ("partition", file.address.partition.name)], asJSON)
            }
        }
        return response
    }

    private func lines<Item>(
        _ asJSON: Bool, fetch: (Int64, Int) throws -> [Item], id: KeyPath<Item, Int64>,
        fields: (Item) -> [(String, String?)]
    ) throws -> [String] {
        var lines: [String] = []
        var last: Int64 = 0
        while lines.count < Self.lineLimit {
            let items = try fetch(last, Self.pageSize)
            lines += items.map { line(fields($0), asJSON) }
            guard items.count == Self.pageSize, let lastItem = items.last else { break }
            last = lastItem[keyPath: id]
        }
        return lines
    }

    private func fields(of parked: ParkedMessage) -> [(String, String?)] {
        [
            ("id", name(parked.id)), ("at", parked.at.description), ("reason", parked.reason),
            ("queue", parked.delivery.queue), ("routing_key", parked.delivery.routingKey),
            ("bytes", String(parked.delivery.bodyLength)), ("message_id", parked.delivery.messageID),
        ]
    }

    private func fields(of blocked: BlockedMessage) -> [(String, String?)] {
        [
            ("id", name(blocked.id)), ("at", blocked.at.description), ("reason", blocked.reason),
            ("key", blocked.key.string),
            ("attempts", String(blocked.attempts)), ("next", blocked.due?.description),
            ("stream", blocked.delivery.position?.stream.description),
            ("seq", blocked.delivery.position.map { String($0.seq) }),
        ]
    }

    private func fields(of refused: RefusedCommand) -> [(String, String?)] {
        [
            ("id", name(refused.id)), ("at", refused.at.description), ("reason", refused.reason),
            ("action", refused.action), ("application", refused.application), ("volunteer", refused.volunteer),
            ("message_id", refused.messageID),
        ]
    }

    private func fields(of stream: StreamProgress) -> [(String, String?)] {
        switch stream.direction {
        case .outgoing(let head, let confirmed, let applied, let isVerified, let resync):
            [
                ("stream", stream.name), ("direction", "out"), ("epoch", String(stream.epoch)), ("last", String(head)),
                ("confirmed", String(confirmed)), ("applied", String(applied)),
                ("state", isVerified ? resync.map { "resyncing \($0.sent) of \($0.last)" } ?? "ok" : "unverified"),
            ]
        case .incoming(let last, let head, let isResyncing):
            [
                ("stream", stream.name), ("direction", "in"), ("epoch", String(stream.epoch)), ("last", String(last)),
                ("head", String(head)),
                ("state", head > last ? "gap from \(last + 1)" : isResyncing ? "resyncing" : "ok"),
            ]
        }
    }

    private func show(_ command: AdminCommand, _ id: ItemID) throws -> AdminResponse {
        let delivery: StoredDelivery
        var fields: [(String, String?)]
        switch command.subject {
        case .parked:
            guard let parked = try file.parked(id.row) else { return .unknown(id) }
            delivery = parked.delivery
            fields = self.fields(of: parked)
        case .blocked:
            guard let blocked = try file.blocked(id.row) else { return .unknown(id) }
            delivery = blocked.delivery
            fields = self.fields(of: blocked)
        case .refused, .streams, .counters, .backup, .move: return .unknown(id)
        }
        fields += [
            ("exchange", delivery.exchange), ("type", delivery.type), ("user_id", delivery.userID),
            ("app_id", delivery.appID), ("content_type", delivery.contentType), ("sha256", delivery.bodyDigest),
            ("body", String(decoding: delivery.body, as: UTF8.self)),
            ("body_base64", Data(delivery.body).base64EncodedString()),
        ]
        if command.asJSON { return AdminResponse(lines: [line(fields, true)]) }
        return AdminResponse(lines: fields.compactMap { name, value in value.map { "\(name)\t\($0.oneLine)" } })
    }

    // MARK: - Backup

    private func write(_ command: AdminCommand) throws -> AdminResponse {
        guard let directory = command.directory, command.subject == .backup else {
            return AdminResponse(error: "nothing to write", exitCode: 64)
        }
        return try .backup(
            of: file.address, in: dataDirectory, to: directory, asJSON: command.asJSON, interruption: interruption)
    }

    // MARK: - Changing

    private func change(_ command: AdminCommand, _ id: ItemID) throws -> AdminResponse {
        let partitions = partitions
        let result = try writer.wait(for: { transaction -> OperatorResult in
            switch (command.subject, command.verb) {
            case (.parked, .retry): try transaction.retryParked(id.row, partitions: partitions)
            case (.parked, .discard): try transaction.discardParked(id.row)
            case (.blocked, .retry): try transaction.retryBlocked(id.row)
            case (.blocked, .discard): try transaction.discardBlocked(id.row)
            default: .unknown
            }
        })
        switch result {
        case .done: return AdminResponse()
        case .unknown: return .unknown(id)
        case .impossible(let reason): return AdminResponse(error: "\(id): \(reason)", exitCode: 1)
        }
    }

    // MARK: - Lines

    private func name(_ row: Int64) -> String {
        ItemID(partition: file.address.partition.name, row: row).description
    }

    private func line(_ fields: [(String, String?)], _ asJSON: Bool) -> String {
        AdminResponse.line(fields, asJSON: asJSON)
    }
}

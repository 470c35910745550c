import Contracts
import GRDB

/// What an operator can decide about messages that are stuck.
extension LedgerTransaction {
    /// Lets a parked message try again, as a foreign one; it goes to the partition it concerns.
    package func retryParked(_ id: Int64, partitions: Int) throws -> OperatorResult {
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT id, at, reason, delivery, body FROM parked WHERE id = ?", arguments: [id])
        else { return .unknown }
        let parked = try ParkedMessage(row: row)
        guard parked.delivery.bodyDigest == nil else {
            return .impossible("only the beginning of its body was kept")
        }
        // What came in a stream to this partition keeps its place in it: it has been admitted, and is not judged again.
        let isStreamed = parked.delivery.position?.stream.consumer == address
        let inbound: InboundMessage
        do {
            inbound =
                try isStreamed
                ? InboundMessage.reread(parked.delivery, for: address.service)
                : InboundMessage.foreign(parked.delivery, keyedFor: address.service)
        } catch {
            return .impossible(error.description)
        }
        try db.execute(sql: "DELETE FROM parked WHERE id = ?", arguments: [id])
        let partition = Partition.of(key: inbound.key, count: partitions)
        if isStreamed || partition == address.partition {
            var delivery = parked.delivery
            if !isStreamed { delivery.position = nil }
            try hold(delivery, key: inbound.key, reason: "retried by an operator", due: now)
            count(.held)
            count(.parked, -1)
        } else {
            emit(inbound.message, to: Address(service: address.service, partition: partition))
            count(.forwarded)
            count(.parked, -1)
        }
        return .done
    }

    package func discardParked(_ id: Int64) throws -> OperatorResult {
        try db.execute(sql: "DELETE FROM parked WHERE id = ?", arguments: [id])
        guard db.changesCount > 0 else { return .unknown }
        count(.parked, -1)
        count(.discarded)
        return .done
    }

    /// Lets a message that waits try again now.
    package func retryHeld(_ id: Int64) throws -> OperatorResult {
        guard let held = try heldMessage(id) else { return .unknown }
        if let first = try firstOfKey(held), first != id {
            return .impossible("it waits behind \(address.partition.name)-\(first), which is of the same key")
        }
        try db.execute(sql: "UPDATE held SET due = ? WHERE id = ?", arguments: [now.milliseconds, id])
        return .done
    }

    /// Gives up a message that waits; those behind it go on.
    package func discardHeld(_ id: Int64, handler: any LedgerHandler) throws -> OperatorResult {
        guard let held = try heldMessage(id) else { return .unknown }
        try release(held)
        if let inbound = try? InboundMessage.reread(held.delivery, for: address.service) {
            try handler.discarded(inbound, in: self)
        }
        count(.discarded)
        return .done
    }

    private func heldMessage(_ id: Int64) throws -> BlockedMessage? {
        try BlockedMessage.fetch(
            db.cachedStatement(sql: BlockedMessage.select + " WHERE id = ?"), arguments: [id]
        ).first
    }

    private func firstOfKey(_ held: BlockedMessage) throws -> Int64? {
        guard held.delivery.position != nil else { return nil }
        return try Int64.fetchOne(
            db, sql: "SELECT min(id) FROM held WHERE key = ? AND stream IS NOT NULL", arguments: [held.key])
    }
}

/// How an operator's decision went.
package enum OperatorResult: Sendable, Hashable {
    case done
    case unknown
    case impossible(String)
}

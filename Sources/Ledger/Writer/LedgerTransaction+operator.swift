import Contracts
import GRDB

/// An operator's decisions about parked and blocked messages.
extension LedgerTransaction {
    /// Retries a parked message, as a foreign one; it is sent to the partition of its key.
    package func retryParked(_ id: Int64, partitions: Int) throws -> OperatorResult {
        guard
            let parked = try ParkedMessage.fetch(
                db.cachedStatement(sql: ParkedMessage.select + " WHERE id = ?"), arguments: [id]
            ).first
        else { return .unknown }
        guard parked.delivery.bodyDigest == nil else {
            return .impossible("only the beginning of its body was kept")
        }
        // A message of a stream to this partition keeps its position: it was admitted, and is not checked again.
        let isStreamed = parked.delivery.position?.stream.consumer == address
        let inbound: InboundMessage
        do {
            inbound =
                try isStreamed
                ? InboundMessage.stored(parked.delivery, for: address.service)
                : InboundMessage.foreign(parked.delivery, for: address.service)
        } catch {
            return .impossible(error.description)
        }
        try deleteParked(id)
        let partition = Partition.of(key: inbound.key.string, count: partitions)
        if isStreamed || partition == address.partition {
            var delivery = parked.delivery
            if !isStreamed { delivery.position = nil }
            try block(delivery, key: inbound.key, reason: "retried by an operator", due: now)
            count(.blocked)
            count(.parked, -1)
        } else {
            emit(inbound.message, to: Address(service: address.service, partition: partition))
            count(.forwarded)
            count(.parked, -1)
        }
        return .done
    }

    package func discardParked(_ id: Int64) throws -> OperatorResult {
        try deleteParked(id)
        guard db.changesCount > 0 else { return .unknown }
        count(.parked, -1)
        count(.discarded)
        return .done
    }

    /// Retries a blocked message now.
    package func retryBlocked(_ id: Int64) throws -> OperatorResult {
        guard let blocked = try blockedMessage(id) else { return .unknown }
        if let first = try firstBlocked(withKeyOf: blocked), first != id {
            return .impossible("blocked by \(address.partition.name)-\(first) (same key)")
        }
        try db.cachedStatement(sql: "UPDATE blocked SET due = ? WHERE id = ?")
            .execute(arguments: [now.milliseconds, id])
        return .done
    }

    /// Discards a blocked message; the next ones with its key go on.
    package func discardBlocked(_ id: Int64) throws -> OperatorResult {
        guard let blocked = try blockedMessage(id) else { return .unknown }
        let inbound: InboundMessage?
        do {
            inbound = try InboundMessage.stored(blocked.delivery, for: address.service)
        } catch {
            // The handler would not have been given an unreadable message either.
            inbound = nil
        }
        if case .applicationState = inbound?.message {
            return .impossible("the people whom it names would count as unknown; it can only be retried")
        }
        try unblock(blocked)
        if let inbound { try handler.discarded(inbound, in: self) }
        count(.discarded)
        return .done
    }

    private func deleteParked(_ id: Int64) throws {
        try db.cachedStatement(sql: "DELETE FROM parked WHERE id = ?").execute(arguments: [id])
    }

    private func blockedMessage(_ id: Int64) throws -> BlockedMessage? {
        try BlockedMessage.fetch(
            db.cachedStatement(sql: BlockedMessage.select + " WHERE id = ?"), arguments: [id]
        ).first
    }

    private func firstBlocked(withKeyOf blocked: BlockedMessage) throws -> Int64? {
        guard blocked.delivery.position != nil else { return nil }
        return try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT min(id) FROM blocked WHERE key = ? AND stream IS NOT NULL"),
            arguments: [blocked.key.string])
    }
}

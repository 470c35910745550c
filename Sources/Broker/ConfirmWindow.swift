internal import DequeModule

/// The publishes of one channel that await their confirm: maps delivery tags to publish ids, and remembers a return
/// until its confirm. A value without I/O; each publishing channel has its own.
package struct ConfirmWindow {
    private struct Entry {
        let message: OutgoingMessage
        let publishedAt: ContinuousClock.Instant
        var returned: PublishOutcome?
    }

    package typealias Settled = (publishID: UInt64, outcome: PublishOutcome)

    /// The publishes from `firstTag` on; nil if settled. The first is never nil.
    private var entries: Deque<Entry?> = []
    private var firstTag: UInt64 = 1
    package private(set) var count = 0
    /// The total size of the bodies in flight.
    package private(set) var bytes = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }

    /// When the message that has waited longest for its confirm was published.
    package var oldestPublish: ContinuousClock.Instant? { entries.first??.publishedAt }

    /// Returns the tag that the broker gives to this publish: it counts from 1 on each channel.
    @discardableResult
    package mutating func published(_ message: OutgoingMessage, at time: ContinuousClock.Instant = .now) -> UInt64 {
        entries.append(Entry(message: message, publishedAt: time))
        count += 1
        bytes += message.body.count
        return firstTag + UInt64(entries.count) - 1
    }

    /// Processes an ack or a nack. With `multiple` it settles every unsettled tag up to this one; tag 0 with `multiple`
    /// settles all.
    package mutating func settled(tag: UInt64, multiple: Bool, confirmed: Bool, into outcomes: inout [Settled]) {
        let end = firstTag + UInt64(entries.count)
        if multiple {
            let last = tag == 0 ? end - 1 : min(tag, end - 1)
            guard last >= firstTag else { return }
            for tag in firstTag...last { settle(tag, confirmed, &outcomes) }
        } else {
            guard tag >= firstTag, tag < end else { return }
            settle(tag, confirmed, &outcomes)
        }
        while !entries.isEmpty, entries[0] == nil {
            entries.removeFirst()
            firstTag += 1
        }
    }

    /// Processes a return. `basic.return` has no tag: this matches the oldest unreturned publish with the same
    /// exchange, key, ids and body; which of several equal ones does not matter. Returns false if none matches.
    package mutating func returned(_ delivery: Delivery, code: Int, text: String) -> Bool {
        for index in entries.indices {
            guard let entry = entries[index], entry.returned == nil, entry.message.mandatory else { continue }
            guard entry.message.routingKey == delivery.routingKey, entry.message.exchange == delivery.exchange,
                entry.message.properties.messageID == delivery.properties.messageID,
                entry.message.properties.correlationID == delivery.properties.correlationID,
                entry.message.body.count == delivery.bodyLength, entry.message.body.starts(with: delivery.body)
            else { continue }
            entries[index]?.returned = .returned(code: code, text: text)
            return true
        }
        return false
    }

    private mutating func settle(_ tag: UInt64, _ confirmed: Bool, _ outcomes: inout [Settled]) {
        let index = Int(tag - firstTag)
        guard let entry = entries[index] else { return }
        outcomes.append((entry.message.publishID, entry.returned ?? (confirmed ? .confirmed : .nacked)))
        bytes -= entry.message.body.count
        entries[index] = nil
        count -= 1
    }
}

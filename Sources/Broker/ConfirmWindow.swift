/// The publishes of one channel that await their confirm: which tag stands for which publishID, and what came back
/// before
/// its ack. Pure bookkeeping; `Publisher` and `BlockingClient` own one per channel.
struct ConfirmWindow {
    private struct Entry {
        var message: OutgoingMessage
        var returned: PublishOutcome?
    }

    typealias Settled = (publishID: UInt64, outcome: PublishOutcome)

    /// Entries from tag `firstTag` on; nil where settled. The head is never nil.
    private var entries: [Entry?] = []
    private var head = 0
    private var firstTag: UInt64 = 1
    private(set) var count = 0
    /// Bytes of bodies in flight.
    private(set) var bytes = 0

    var isEmpty: Bool { count == 0 }

    /// The tag that the broker gives to this publish: it counts from 1 on each channel.
    @discardableResult
    mutating func published(_ message: OutgoingMessage) -> UInt64 {
        entries.append(Entry(message: message))
        count += 1
        bytes += message.body.count
        return firstTag + UInt64(entries.count - head) - 1
    }

    /// An ack or nack. With `multiple` it speaks of every unsettled tag up to this one; tag 0 with `multiple` of all.
    mutating func settled(tag: UInt64, multiple: Bool, confirmed: Bool, into outcomes: inout [Settled]) {
        let end = firstTag + UInt64(entries.count - head)
        if multiple {
            let last = tag == 0 ? end - 1 : min(tag, end - 1)
            guard last >= firstTag else { return }
            for tag in firstTag...last { settle(tag, confirmed, &outcomes) }
        } else {
            guard tag >= firstTag, tag < end else { return }
            settle(tag, confirmed, &outcomes)
        }
        dropSettledHead()
    }

    /// A return names no tag. It is for the oldest unreturned publish that equals it in what the broker sends back;
    /// among equals it does not matter which. False if there is none.
    mutating func returned(_ delivery: Delivery, code: Int, text: String) -> Bool {
        for index in head..<entries.count {
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
        let index = head + Int(tag - firstTag)
        guard let entry = entries[index] else { return }
        outcomes.append((entry.message.publishID, entry.returned ?? (confirmed ? .confirmed : .nacked)))
        bytes -= entry.message.body.count
        entries[index] = nil
        count -= 1
    }

    /// The array is shifted only when half of it is gone: amortised constant time per publish.
    private mutating func dropSettledHead() {
        while head < entries.count, entries[head] == nil {
            head += 1
            firstTag += 1
        }
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024, head > entries.count / 2 {
            entries.removeFirst(head)
            head = 0
        }
    }
}

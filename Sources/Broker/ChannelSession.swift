internal import Synchronization

/// One life of a consumer's channel, from its opening to its loss: the scope in which delivery tags are valid. It
/// settles its own deliveries, from any thread and in any order, and the consumer's thread sends the acks.
package final class ChannelSession: Sendable {
    private let progress = Mutex(AckProgress())
    private let isOpen = Atomic<Bool>(true)
    /// Wakes the consumer's thread.
    private let signal: @Sendable () -> Void

    /// - Parameter signal: called when there is a new tag to ack; any thread, must not block.
    init(signal: @escaping @Sendable () -> Void) { self.signal = signal }

    /// False once the channel is lost: the broker delivers again what was not acked.
    package var isCurrent: Bool { isOpen.load(ordering: .acquiring) }

    /// The number of deliveries handed out and not settled; 0 once the channel is lost.
    package var outstanding: Int { isCurrent ? progress.withLock { $0.outstanding } : 0 }

    /// Acks the longest run of settled deliveries. Never blocks. Ignored once the channel is lost, and for tags that
    /// were never handed out: acking those would close the channel, or lose a later delivery.
    package func settle(_ tags: [UInt64]) {
        let hasNewAck = progress.withLock { progress in
            var grew = false
            for tag in tags where progress.settled(tag) != nil { grew = true }
            return grew
        }
        if hasNewAck, isCurrent { signal() }
    }

    // MARK: On the consumer's thread

    /// Deliveries up to this tag are being handed out.
    func handedOut(upTo tag: UInt64) { progress.withLock { $0.delivered(tag) } }

    /// Every delivery up to this tag is settled; 0 if there is none.
    var settledTag: UInt64 { progress.withLock { $0.settled } }

    func end() { isOpen.store(false, ordering: .releasing) }
}

/// Which deliveries of a channel may be acked with `multiple`: the longest run of settled tags from the first one on.
/// Deliveries settle in any order; acking past the run would ack deliveries that are still being processed.
package struct AckProgress: Sendable, Hashable {
    /// Every tag up to this one is settled; 0 before the first.
    package private(set) var settled: UInt64 = 0
    /// The highest tag delivered.
    package private(set) var delivered: UInt64 = 0
    /// Settled tags beyond the run.
    private var ahead: Set<UInt64> = []

    package init() {}

    /// The number of deliveries not yet settled.
    package var outstanding: Int { Int(clamping: delivered - settled) - ahead.count }

    /// Tags arrive in order. If one is missing, its delivery was lost before it reached us: it stays unsettled, and
    /// nothing from it on is acked.
    package mutating func delivered(_ tag: UInt64) { delivered = max(delivered, tag) }

    /// Returns the new highest tag to ack, or nil if the run did not grow. Unknown and repeated tags change nothing.
    package mutating func settled(_ tag: UInt64) -> UInt64? {
        guard tag > settled, tag <= delivered else { return nil }
        guard tag == settled + 1 else {
            ahead.insert(tag)
            return nil
        }
        settled = tag
        while !ahead.isEmpty, ahead.remove(settled + 1) != nil { settled += 1 }
        return settled
    }
}

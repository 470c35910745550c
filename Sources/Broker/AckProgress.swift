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

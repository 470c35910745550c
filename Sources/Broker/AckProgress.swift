/// Which deliveries of one channel may be acked with `multiple`: the longest run of settled tags from the first on.
/// Deliveries are settled in any order; acking beyond the run would lose what is still being worked on.
package struct AckProgress: Sendable, Hashable {
    /// Everything up to this tag is settled; 0 before the first.
    package private(set) var settled: UInt64 = 0
    /// The highest tag delivered.
    package private(set) var delivered: UInt64 = 0
    /// Settled tags beyond the run.
    private var ahead: Set<UInt64> = []

    package init() {}

    /// How many are delivered and not settled.
    package var outstanding: Int { Int(clamping: delivered - settled) - ahead.count }

    /// Tags come in order, without gaps: a jump would mean that deliveries were lost on the way to us, so what lies
    /// between stays unsettled and is never acked.
    package mutating func delivered(_ tag: UInt64) { delivered = max(delivered, tag) }

    /// The new highest tag to ack, or nil if the run did not grow. Unknown and repeated tags change nothing.
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

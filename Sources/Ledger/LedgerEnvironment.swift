package import Contracts

/// What the ledger takes from outside: time, random bits, and the points at which a test kills the process.
package struct LedgerEnvironment: Sendable {
    /// The wall clock.
    package var now: @Sendable () -> Timestamp
    /// A monotonic clock, for pauses and timeouts: only differences between its values mean anything.
    package var monotonicNow: @Sendable () -> Timestamp
    /// 128 random bits, unique but not secret: for trace ids and the like.
    package var random: @Sendable () -> (UInt64, UInt64)
    /// Called at each ``CrashPoint``.
    package var hit: @Sendable (CrashPoint) -> Void

    package init(
        now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> (UInt64, UInt64),
        monotonicNow: (@Sendable () -> Timestamp)? = nil, hit: @escaping @Sendable (CrashPoint) -> Void = { _ in }
    ) {
        self.now = now
        self.monotonicNow = monotonicNow ?? now
        self.random = random
        self.hit = hit
    }

    package static let live = LedgerEnvironment(
        now: { Timestamp.now() },
        random: { generator.next() },
        monotonicNow: { Timestamp(milliseconds: Int64((ContinuousClock.now - start) / .milliseconds(1))) })

    private static let start = ContinuousClock.now

    private static let generator = SplitMix64()
}

package import Contracts
import Synchronization

/// What the ledger takes from outside: time, chance, and the points at which a test kills the process.
package struct LedgerEnvironment: Sendable {
    package var now: @Sendable () -> Timestamp
    /// By a clock that nobody sets, for what rests and waits: only differences mean anything.
    package var steady: @Sendable () -> Timestamp
    /// 128 random bits, unique but not secret: for trace ids and the like.
    package var random: @Sendable () -> (UInt64, UInt64)
    package var reach: @Sendable (CrashPoint) -> Void

    package init(
        now: @escaping @Sendable () -> Timestamp, random: @escaping @Sendable () -> (UInt64, UInt64),
        steady: (@Sendable () -> Timestamp)? = nil, reach: @escaping @Sendable (CrashPoint) -> Void = { _ in }
    ) {
        self.now = now
        self.steady = steady ?? now
        self.random = random
        self.reach = reach
    }

    package static let live = LedgerEnvironment(
        now: { Timestamp.now() },
        random: { bits.next() },
        steady: { Timestamp(milliseconds: Int64((ContinuousClock.now - began) / .milliseconds(1))) })

    private static let began = ContinuousClock.now

    private static let bits = RandomBits()
}

/// Random bits that are unique, not secret. The system's own generator costs a system call for each number, which
/// is dear beside all else that a message costs; this one (SplitMix64, Steele et al. 2014) asks it for its seed.
private final class RandomBits: Sendable {
    private let state = Mutex(UInt64.random(in: .min ... .max))

    func next() -> (UInt64, UInt64) {
        state.withLock { (Self.advance(&$0), Self.advance(&$0)) }
    }

    private static func advance(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

/// The boundaries on the way of a message, by name: a process can be told to die at the n-th passing of one.
package enum CrashPoint: String, Sendable, CaseIterable {
    /// Handed over by the broker, not yet looked at.
    case received
    /// Decided inside the transaction, which is still open.
    case decided
    /// Committed; nobody was answered yet.
    case committed
    /// The ack was handed to the connection.
    case acked
    /// Read from the outbox and handed to the connection, not confirmed.
    case relayed
    /// Confirmed by the broker; the cursor has not moved.
    case confirmed
    /// The cursor's new place is committed.
    case cursorMoved = "cursor-moved"
    /// Between two steps of long work.
    case workStep = "work-step"
}

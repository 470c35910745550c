internal import Synchronization

/// Bounds the memory of deliveries between their arrival and the end of their transaction, for all consumers of a
/// process. A prefetch bounds only their number, and a message may be large.
///
/// Above the limit a consumer stops reading its socket while it has deliveries in hand itself. One that has none reads
/// on, so that a writer that is stuck holds up no other.
package final class DeliveryBudget: Sendable {
    /// In bytes. Ten times what the largest prefetch of ordinary messages takes, and an eighth of 512 MiB.
    package static let standardLimit = 64 << 20

    private struct State {
        var bytes: ByteBudget
        /// By consumer: wakes its thread.
        var paused: [ObjectIdentifier: @Sendable () -> Void] = [:]
        var pauses = 0
    }

    private let state: Mutex<State>

    /// - Parameter limit: in bytes.
    package init(limit: Int = standardLimit) {
        state = Mutex(State(bytes: ByteBudget(limit: limit)))
    }

    /// The memory of the deliveries in hand, in bytes.
    package var used: Int { state.withLock { $0.bytes.used } }

    /// How often a consumer has stopped reading.
    package var pauses: Int { state.withLock { $0.pauses } }

    /// These deliveries are in hand.
    package func take(_ bytes: Int) { state.withLock { $0.bytes.take(bytes) } }

    /// They are processed, or dropped.
    package func release(_ bytes: Int) {
        let wakes: [@Sendable () -> Void] = state.withLock { state in
            state.bytes.release(bytes)
            guard !state.bytes.isSpent, !state.paused.isEmpty else { return [] }
            defer { state.paused.removeAll() }
            return Array(state.paused.values)
        }
        for wake in wakes { wake() }
    }

    /// Whether the limit is reached. Then `wake` is called once there is room.
    func isSpent(for consumer: ObjectIdentifier, wake: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.bytes.isSpent else { return false }
            if state.paused.updateValue(wake, forKey: consumer) == nil { state.pauses += 1 }
            return true
        }
    }
}

/// A number of bytes that should not be exceeded.
package struct ByteBudget: Sendable, Hashable {
    package let limit: Int
    package private(set) var used = 0

    package init(limit: Int) {
        self.limit = limit
    }

    package var isSpent: Bool { used >= limit }

    /// May exceed the limit: what has arrived is in memory already.
    package mutating func take(_ bytes: Int) { used += bytes }

    package mutating func release(_ bytes: Int) { used -= bytes }
}

import Synchronization

/// Wakes a live stream, and says why. What comes while the stream is busy is kept, each reason once.
final class LiveSignal: Sendable {
    struct Reasons: OptionSet, Sendable {
        let rawValue: UInt8

        /// Applications have changed.
        static let changes = Reasons(rawValue: 1)
        /// The volunteer has a new notification.
        static let messages = Reasons(rawValue: 2)
        /// It is time to show that the connection is alive.
        static let heartbeat = Reasons(rawValue: 4)
    }

    private let reasons = Mutex<Reasons>([])
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ reason: Reasons) {
        reasons.withLock { $0.formUnion(reason) }
        continuation.yield()
    }

    /// The reasons since the last call.
    func take() -> Reasons {
        reasons.withLock { reasons in
            defer { reasons = [] }
            return reasons
        }
    }

    /// The process is stopping.
    func finish() { continuation.finish() }

    /// Waits for a reason. One stream waits at a time.
    /// - Returns: false at the end, and in a task that is cancelled.
    func wait() async -> Bool {
        for await _ in stream { return true }
        return false
    }
}

import Foundation

/// A condition did not become true before its deadline.
package struct ConditionNotMet: Error, CustomStringConvertible {
    package var condition: String
    package var limit: Duration
    package var description: String { "not met within \(limit): \(condition)" }
}

/// The default deadline of a wait. It is far longer than anything takes on the slowest machine, so that only what never
/// happens reaches it, and no test asserts a time.
package let testTimeout: Duration = .seconds(300)

/// Polls until the condition holds. This is the only place where tests sleep in order to wait.
/// - Throws: `ConditionNotMet` at the deadline.
package func eventually(
    within limit: Duration = testTimeout, _ what: String, poll: Duration = .milliseconds(10),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw ConditionNotMet(condition: what, limit: limit) }
        try await Task.sleep(for: poll)
    }
}

/// Sleeps until a planned time: for tools that follow a schedule. Tests wait for conditions instead.
package func pauseUntil(_ time: ContinuousClock.Instant) async throws {
    try await Task.sleep(until: time, clock: .continuous)
}

/// Delays the answer of a test's own server or handler, which plays a slow peer.
package func simulateDelay(_ time: Duration) async {
    try? await Task.sleep(for: time)
}

/// Blocks for a moment before the next attempt at something that sends no event when it is ready.
package func pauseBeforeRetry() {
    usleep(50_000)
}

import Foundation

/// A condition did not come about in time.
package struct DidNotHappen: Error, CustomStringConvertible {
    package var what: String
    package var limit: Duration
    package var description: String { "did not happen within \(limit): \(what)" }
}

/// How long a test waits for what must come: so much longer than anything takes on the slowest machine that only what
/// never comes meets it. So no test asserts a time.
package let patience: Duration = .seconds(300)

/// Waits until the condition holds, and no longer; throws `DidNotHappen` at the deadline. The one place
/// where tests sleep to wait.
package func eventually(
    within limit: Duration = patience, _ what: String, poll: Duration = .milliseconds(10),
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw DidNotHappen(what: what, limit: limit) }
        try await Task.sleep(for: poll)
    }
}

/// Plays a peer that is slow: for the handlers of tests, never to wait for something.
package func beSlow(for time: Duration) async {
    try? await Task.sleep(for: time)
}

/// Between two tries of something that tells nobody when it is ready.
package func pauseBeforeRetry() {
    usleep(50_000)
}

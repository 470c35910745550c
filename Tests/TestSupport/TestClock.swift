package import Contracts
import Synchronization

/// A clock that stands still until a test moves it. `Instant` is `Timestamp` for the wall clock, or the instant of a
/// monotonic clock.
package final class TestClock<Instant: Sendable>: Sendable {
    private let instant: Mutex<Instant>

    package init(_ instant: Instant) {
        self.instant = Mutex(instant)
    }

    package var now: Instant {
        get { instant.withLock { $0 } }
        set { instant.withLock { $0 = newValue } }
    }

    package func advance(_ duration: Duration) where Instant == Timestamp {
        instant.withLock { $0 = $0.advanced(by: duration) }
    }

    package func advance(_ duration: Duration) where Instant == ContinuousClock.Instant {
        instant.withLock { $0 = $0.advanced(by: duration) }
    }
}

extension Timestamp {
    /// The time at which a `TestClock` starts, if the test does not care: in November 2026.
    package static let testStart = Timestamp(milliseconds: 1_795_251_600_000)
}

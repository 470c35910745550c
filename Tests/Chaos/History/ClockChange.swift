package import Contracts

/// A time in which a service's clock was wrong.
package struct ClockChange: Sendable, Hashable {
    package var service: ServiceName
    /// What the clock showed, minus the true time.
    package var offset: Duration
    package var began: Timestamp
    package var ended: Timestamp
    /// The number of messages observed when it began.
    package var after: Int

    package init(service: ServiceName, offset: Duration, began: Timestamp, ended: Timestamp, after: Int) {
        self.service = service
        self.offset = offset
        self.began = began
        self.ended = ended
        self.after = after
    }

    /// The latest time that the clock showed.
    var latest: Timestamp { ended.advanced(by: offset) }
}

/// Points in the processing of a message at which a test can kill the process (`CRASH_POINT`).
package enum CrashPoint: String, Sendable, CaseIterable {
    /// A delivery was received and not processed yet.
    case received
    /// Everything is decided, and the transaction is still open.
    case decided
    /// The transaction is committed; nothing is acked or answered yet.
    case committed
    /// The acks were handed to the connection.
    case acked
    /// Messages of the outbox were handed to the connection and are not confirmed.
    case relayed
    /// The broker confirmed messages; the cursors are not moved yet.
    case confirmed
    /// The moved cursors are committed.
    case cursorMoved = "cursor-moved"
    /// Commands for another process's partition were handed to the connection and are not confirmed.
    case forwarded
    /// The broker confirmed such commands; they are not acked yet.
    case forwardConfirmed = "forward-confirmed"
    /// Between two steps of a job.
    case workStep = "work-step"
}

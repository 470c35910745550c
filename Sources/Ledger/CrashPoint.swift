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
    // A move of a partition, in this order; S is the process that gives it up, T the one that gets it.
    /// S: everything is copied that can be copied while the partition is served.
    case moveCopied = "move-copied"
    /// S: the partition is stopped, and its last commit before the decision is made.
    case moveSealed = "move-sealed"
    /// T: the copy is complete and checked, and that is noted; S does not know it yet.
    case moveComplete = "move-complete"
    /// S: T has confirmed the copy; nothing is decided.
    case moveConfirmed = "move-confirmed"
    /// S: it is committed that T has the partition; T does not know it yet.
    case moveDecided = "move-decided"
    /// T: it is noted that the partition is here; its files still have other names.
    case movePlaced = "move-placed"
    /// T: the files have their names; S does not know that T has the partition.
    case moveInstalled = "move-installed"
}

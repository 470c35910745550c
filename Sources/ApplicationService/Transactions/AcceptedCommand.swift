import ApplicationDomain

/// The answer to an accepted command.
struct AcceptedCommand: Sendable, Hashable {
    let operation: OperationID
    /// The operation as JSON. For a replay it is what the first answer showed, or the current state if the client
    /// waited for the end.
    var body: [UInt8]
    /// Whether the command had been accepted before, with the same Idempotency-Key.
    let isReplay: Bool
    /// How long the answer was to wait for the operation's end; nil if it did not.
    var appliedWait: Duration?
}

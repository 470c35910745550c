import ApplicationDomain

/// The answer to the first command with an Idempotency-Key.
struct StoredAnswer: Sendable, Hashable {
    let operation: OperationID
    /// The operation as JSON, as the first answer showed it.
    let body: [UInt8]
    /// Whether the command that asks has the same body as the first one.
    let isSameCommand: Bool
}

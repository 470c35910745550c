import Web

/// The answer to a command that was accepted: its operation as JSON, as the first 202 showed it.
struct AcceptedCommand: Sendable, Hashable {
    let operation: OperationID
    let body: [UInt8]
    let isReplay: Bool
}

extension AcceptedCommand {
    /// The same key must come with the same body.
    init(_ known: OperationRows.Remembered) throws(Problem) {
        guard known.isSameBody else {
            throw Problem(.idempotencyMismatch, "This Idempotency-Key came before, with another body.")
        }
        self.init(operation: known.operation, body: known.answer, isReplay: true)
    }
}

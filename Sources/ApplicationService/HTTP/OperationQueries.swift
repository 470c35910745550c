import ApplicationDomain
import Ledger
import ServiceKit

/// Reads operations, immediately or when they have ended.
struct OperationQueries: Sendable {
    let partitions: LocalPartitions
    let waiters: OperationWaiters

    /// - Parameters:
    ///   - wait: how long to wait for a running operation to end; nil for not at all.
    ///   - isVisible: checked before waiting, so that the response time does not reveal other callers' operations.
    /// - Returns: nil for an unknown or invisible operation.
    func operation(
        _ id: OperationID, waiting wait: Duration?, isVisible: (CommandOperation) -> Bool
    ) async throws -> CommandOperation? {
        guard let wait, wait > .zero else { return try read(id).flatMap { isVisible($0) ? $0 : nil } }
        // Registered before the read, so that an end between the two is not missed.
        let waiter = waiters.add(for: id)
        defer { waiters.remove(waiter) }
        guard let operation = try read(id), isVisible(operation) else { return nil }
        if operation.endedAt != nil { return operation }
        await waiter.wait(atMost: wait)
        return try read(id)
    }

    private func read(_ id: OperationID) throws -> CommandOperation? {
        try partitions.partition(for: id)?.file.pointRead { try OperationStore($0).operation(id) }
    }
}

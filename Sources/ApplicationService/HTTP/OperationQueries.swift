import ApplicationDomain
import Contracts
import Ledger
import ServiceKit

/// Reads operations, immediately or when they have ended.
struct OperationQueries: Sendable {
    let partitions: LocalPartitions
    let waiters: OperationWaiters

    /// - Parameters:
    ///   - wait: how long to wait for a running operation to end; nil for not at all.
    ///   - caller: the caller's name; nil for one without a limit. Nothing waits if too many of its requests do.
    ///   - isVisible: checked before waiting, so that the response time does not reveal other callers' operations.
    /// - Returns: the operation, and whether it was waited for if need be; nil for an unknown or invisible one.
    func operation(
        _ id: OperationID, waiting wait: Duration?, caller: ExactString?, isVisible: (CommandOperation) -> Bool
    ) async throws -> (operation: CommandOperation, mayWait: Bool)? {
        // Registered before the read, so that an end between the two is not missed.
        guard let wait, wait > .zero, let waiter = waiters.add(for: id, of: caller) else {
            return try read(id).flatMap { isVisible($0) ? ($0, wait == .zero) : nil }
        }
        defer { waiters.remove(waiter) }
        guard let operation = try read(id), isVisible(operation) else { return nil }
        if operation.endedAt != nil { return (operation, true) }
        await waiter.wait(atMost: wait)
        return try read(id).map { ($0, true) }
    }

    private func read(_ id: OperationID) throws -> CommandOperation? {
        try partitions.partition(for: id)?.file.pointRead { try OperationStore($0).operation(id) }
    }
}

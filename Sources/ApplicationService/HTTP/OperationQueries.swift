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
    /// - Returns: the operation, whether it was waited for if need be, and whether its retention is over; nil for an
    ///   unknown or invisible one.
    func operation(
        _ id: OperationID, waiting wait: Duration?, caller: ExactString?, isVisible: (CommandOperation) -> Bool
    ) async throws -> (operation: CommandOperation, mayWait: Bool, isExpired: Bool)? {
        // Registered before the read, so that an end between the two is not missed.
        guard let wait, wait > .zero, let waiter = waiters.add(for: id, of: caller) else {
            return try read(id).flatMap { isVisible($0.operation) ? ($0.operation, wait == .zero, $0.isExpired) : nil }
        }
        defer { waiters.remove(waiter) }
        guard let found = try read(id), isVisible(found.operation) else { return nil }
        if found.operation.endedAt != nil { return (found.operation, true, found.isExpired) }
        await waiter.wait(atMost: wait)
        return try read(id).map { ($0.operation, true, $0.isExpired) }
    }

    private func read(_ id: OperationID) throws -> (operation: CommandOperation, isExpired: Bool)? {
        let stored = try partitions.partition(for: id)?.file.pointRead { try OperationStore($0).operation(id) }
        guard let stored else { return nil }
        let visibility = stored.visibility(at: .now())
        return visibility == .gone ? nil : (stored.operation, visibility == .expired)
    }
}

import ApplicationDomain
import Ledger
import ServiceKit

/// The status monitor: what became of a command, at once or when it ends.
struct OperationQueries: Sendable {
    private let partitions: LocalPartitions
    private let watch: OperationWaiters

    init(partitions: LocalPartitions, watch: OperationWaiters) {
        self.partitions = partitions
        self.watch = watch
    }

    /// - Parameters:
    ///   - wait: how long to wait for an operation that still runs.
    ///   - isVisible: asked before any waiting, so that strangers learn nothing, not even by the time it takes.
    /// - Returns: nil for an unknown one, and for one that is not to be seen.
    func operation(
        _ id: OperationID, waiting wait: Duration?, isVisible: (CommandOperation) -> Bool
    ) async throws -> CommandOperation? {
        guard let wait, wait > .zero else { return try read(id).flatMap { isVisible($0) ? $0 : nil } }
        // Watched before it is looked at: an end between the two is not missed.
        let waiter = watch.add(for: id)
        defer { watch.remove(waiter) }
        guard let operation = try read(id), isVisible(operation) else { return nil }
        if operation.endedAt != nil { return operation }
        await waiter.wait(atMost: wait)
        return try read(id)
    }

    private func read(_ id: OperationID) throws -> CommandOperation? {
        try partitions.home(of: id)?.file.pointRead { try OperationStore($0).operation(id) }
    }
}

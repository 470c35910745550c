import Contracts
import Ledger
import ServiceKit
import Web

/// The status monitor: what became of a command, at once or when it ends.
struct OperationMonitor: Sendable {
    private let partitions: [Partition: PartitionService]
    private let count: Int
    private let watch: OperationWatch

    /// - Parameters:
    ///   - partitions: those of this process.
    ///   - count: `PARTITIONS`.
    init(partitions: [PartitionService], count: Int, watch: OperationWatch) {
        self.count = count
        self.partitions = Dictionary(uniqueKeysWithValues: partitions.map { ($0.address.partition, $0) })
        self.watch = watch
    }

    /// - Parameters:
    ///   - wait: how long to wait for an operation that still runs.
    ///   - isVisible: asked before any waiting, so that strangers learn nothing, not even by the time it takes.
    /// - Returns: nil for an unknown one, and for one that is not to be seen.
    func operation(
        _ id: OperationID, waiting wait: Duration?, isVisible: (Operation) -> Bool
    ) async throws -> Operation? {
        guard let wait, wait > .zero else { return try read(id).flatMap { isVisible($0) ? $0 : nil } }
        // Watched before it is looked at: an end between the two is not missed.
        let ticket = watch.watch(id)
        defer { ticket.end() }
        guard let operation = try read(id), isVisible(operation) else { return nil }
        if operation.endedAt != nil { return operation }
        await ticket.change(within: wait)
        return try read(id)
    }

    private func read(_ id: OperationID) throws -> Operation? {
        guard let partition = id.partition, partition.number < count else { return nil }
        guard let service = partitions[partition] else { throw Problem.elsewhere }
        return try service.file.glance { try OperationRows(source: $0).operation(id) }
    }
}

import ApplicationDomain
import Contracts
import ServiceKit
import Web

/// The partitions that this process serves (`PARTITIONS`, `OWNED_PARTITIONS`). Requests for other partitions fail with
/// 503 and `Retry-After`: a load balancer may send the retry to the right process.
struct LocalPartitions: Sendable {
    /// `PARTITIONS`: the number of all partitions.
    let count: Int
    /// In the order of their numbers.
    let services: [PartitionService]
    private let byPartition: [Partition: PartitionService]

    init(_ services: [PartitionService], of count: Int) {
        self.count = count
        self.services = services.sorted { $0.address.partition < $1.address.partition }
        byPartition = Dictionary(uniqueKeysWithValues: services.map { ($0.address.partition, $0) })
    }

    /// - Throws: `unavailable` unless this process serves all partitions.
    func all() throws(Problem) -> [PartitionService] {
        guard services.count == count else { throw .partitionNotLocal }
        return services
    }

    /// - Throws: `unavailable` if another process serves the application's partition.
    func partition(for application: ID) throws(Problem) -> PartitionService {
        try service(of: .of(application, count: count))
    }

    /// - Returns: nil if the id names no existing partition.
    /// - Throws: `unavailable` if another process serves the operation's partition.
    func partition(for operation: OperationID) throws(Problem) -> PartitionService? {
        guard let partition = operation.partition, partition.number < count else { return nil }
        return try service(of: partition)
    }

    private func service(of partition: Partition) throws(Problem) -> PartitionService {
        guard let service = byPartition[partition] else { throw .partitionNotLocal }
        return service
    }
}

extension Problem {
    fileprivate static let partitionNotLocal = Problem.unavailable(
        "This partition is served by another process.", retryAfter: .seconds(5))
}

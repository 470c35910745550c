import ApplicationDomain
import Contracts
import ServiceKit
import Web

/// The partitions that this process serves now; they change when processes divide them (`OWNED_PARTITIONS`). Requests
/// for other partitions fail with 503 and `Retry-After`: a load balancer may send the retry to the right process. So do
/// requests for a partition of which the process has not become the owner yet.
struct LocalPartitions: Sendable {
    /// `PARTITIONS`: the number of all partitions.
    let count: Int
    private let partitions: OwnedPartitions

    init(_ partitions: OwnedPartitions, _ settings: ServiceSettings) {
        count = settings.partitions
        self.partitions = partitions
    }

    /// Those of this process, in the order of their numbers.
    func local() -> [PartitionService] { partitions.partitions }

    /// - Throws: `unavailable` unless this process serves all partitions.
    func all() throws(Problem) -> [PartitionService] {
        let services = local()
        guard services.count == count else { throw partitions.isSettled ? .partitionNotLocal : .notOwnedYet }
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
        guard let service = partitions.service(of: partition) else {
            throw partitions.isSettled ? .partitionNotLocal : .notOwnedYet
        }
        return service
    }
}

extension Problem {
    fileprivate static let partitionNotLocal = Problem.unavailable(
        "This partition is served by another process.", retryAfter: .seconds(5))
    fileprivate static let notOwnedYet = Problem.unavailable(
        "This process is not connected to the broker yet; nothing was changed.", retryAfter: .seconds(5))
}

import ApplicationDomain
import Contracts
import ServiceKit
import Web

/// Those of all partitions that this process has (`PARTITIONS`, `OWNED_PARTITIONS`). What lies in another is nobody's
/// fault: the client may try again, and meet who has it.
struct LocalPartitions: Sendable {
    /// `PARTITIONS`.
    let count: Int
    /// In the order of their numbers.
    let services: [PartitionService]
    private let places: [Partition: PartitionService]

    init(_ services: [PartitionService], of count: Int) {
        self.count = count
        self.services = services.sorted { $0.address.partition < $1.address.partition }
        places = Dictionary(uniqueKeysWithValues: services.map { ($0.address.partition, $0) })
    }

    /// - Throws: `unavailable`, unless this process has them all.
    func all() throws(Problem) -> [PartitionService] {
        guard services.count == count else { throw .elsewhere }
        return services
    }

    /// Where an application lies.
    /// - Throws: `unavailable`, if another process has it.
    func home(of application: ID) throws(Problem) -> PartitionService {
        try service(of: .of(application, count: count))
    }

    /// Where an operation lies; nil if it names no partition that there is.
    /// - Throws: `unavailable`, if another process has it.
    func home(of operation: OperationID) throws(Problem) -> PartitionService? {
        guard let partition = operation.partition, partition.number < count else { return nil }
        return try service(of: partition)
    }

    private func service(of partition: Partition) throws(Problem) -> PartitionService {
        guard let service = places[partition] else { throw .elsewhere }
        return service
    }
}

extension Problem {
    /// Another process has the partition.
    fileprivate static let elsewhere = Problem.unavailable(
        "What this is about is in the care of another process.", retryAfter: .seconds(5))
}

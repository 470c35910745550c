import ApplicationDomain
import Contracts
import ServiceKit
import Web

/// The partitions that this process serves now. Which these are changes while it runs, so it is asked each time;
/// requests for the others are forwarded to their owners (contract section 8).
struct LocalPartitions: Sendable {
    /// `PARTITIONS`: the number of all partitions.
    let count: Int
    private let partitions: OwnedPartitions

    init(_ partitions: OwnedPartitions, _ settings: ServiceSettings) {
        count = settings.partitions
        self.partitions = partitions
    }

    /// Nil if this process does not serve the partition now.
    func service(of partition: Partition) -> PartitionService? { partitions.service(of: partition) }

    /// Whether another process has to be asked. A system of one partition forwards nothing.
    func isElsewhere(_ partition: Partition) -> Bool { count > 1 && service(of: partition) == nil }

    /// Those of this process, in the order of their numbers; none before it has become an owner.
    func local() -> [PartitionService] { partitions.partitions }

    /// The numbers of all partitions of the system.
    var all: [Partition] { (0..<count).map { Partition(number: $0) } }

    /// - Throws: `unavailable` unless this process serves the application's partition.
    func partition(for application: ID) throws(Problem) -> PartitionService {
        try requireService(of: .of(application, count: count))
    }

    /// - Throws: `unavailable` unless this process serves the partition of the caller's webhook settings.
    func partition(ofCaller name: ExactString) throws(Problem) -> PartitionService {
        try requireService(of: .of(key: name.string, count: count))
    }

    /// - Returns: nil if the id names no existing partition.
    /// - Throws: `unavailable` unless this process serves the operation's partition.
    func partition(for operation: OperationID) throws(Problem) -> PartitionService? {
        guard let partition = operation.partition, partition.number < count else { return nil }
        return try requireService(of: partition)
    }

    /// - Throws: `unavailable` unless this process serves the partition.
    func requireService(of partition: Partition) throws(Problem) -> PartitionService {
        guard let service = service(of: partition) else {
            throw partitions.isSettled ? Problem.partitionNotServed : Problem.notOwnedYet
        }
        return service
    }

    /// The id of a new application whose client chose none, in a partition of this process if it has one: then the
    /// command need not be forwarded. The draws end, because a process may own few partitions of many.
    func assignID() -> ID {
        let own = Set(local().map(\.address.partition))
        var id = CommandKey.applicationID()
        guard count > 1, !own.isEmpty else { return id }
        for _ in 0..<Self.maxDraws {
            if own.contains(.of(id, count: count)) { break }
            id = CommandKey.applicationID()
        }
        return id
    }

    private static let maxDraws = 64
}

extension Problem {
    static let partitionNotServed = Problem.unavailable(
        "No process serves this partition now; nothing was changed.", retryAfter: .seconds(5))
    fileprivate static let notOwnedYet = Problem.unavailable(
        "This process is not connected to the broker yet; nothing was changed.", retryAfter: .seconds(5))
}

import Logging
import ServiceLifecycle

/// The services that run beside the partitions that a process serves: they are made for a set of partitions, and are
/// stopped and made again when the set changes.
struct ServicesBeside {
    private let make: @Sendable (_ partitions: [PartitionService]) -> [any Service]
    private let logger: Logger
    private var partitions: [PartitionService] = []
    private var running: (group: ServiceGroup, ended: AsyncStream<Never>)?

    init(logger: Logger, make: @escaping @Sendable (_ partitions: [PartitionService]) -> [any Service]) {
        self.logger = logger
        self.make = make
    }

    /// Returns when those of an earlier set have ended.
    mutating func follow(
        _ partitions: [PartitionService], in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async {
        guard !partitions.elementsEqual(self.partitions, by: { $0 === $1 }) else { return }
        await stop()
        self.partitions = partitions
        let services = make(partitions)
        guard !services.isEmpty else { return }
        let serviceGroup = ServiceGroup(configuration: .init(services: services, logger: logger))
        let (ended, continuation) = AsyncStream.makeStream(of: Never.self)
        running = (serviceGroup, ended)
        group.addTask {
            defer { continuation.finish() }
            try await serviceGroup.run()
        }
    }

    mutating func stop() async {
        guard let (group, ended) = running else { return }
        running = nil
        await group.triggerGracefulShutdown()
        for await _ in ended {}
    }
}

import ServiceLifecycle

/// The partitions of a process. A service group stops its services one after the other; partitions stop together, or a
/// broker that hangs would cost its time-outs once for each.
package struct PartitionGroup: Service {
    package let partitions: [PartitionService]

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for partition in partitions {
                group.addTask { try await partition.run() }
            }
            // The first that fails ends all: a process that owns a part of what it should is not running.
            for try await _ in group {}
        }
    }
}

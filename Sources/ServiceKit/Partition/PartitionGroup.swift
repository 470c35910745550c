import ServiceLifecycle

/// Runs the partitions of a process. A service group stops its services one after another; partitions stop together,
/// because with a broker that hangs each stop takes the full time-outs.
package struct PartitionGroup: Service {
    package let partitions: [PartitionService]

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for partition in partitions {
                group.addTask { try await partition.run() }
            }
            // The first failure ends all: a process must serve either all partitions it owns or none.
            for try await _ in group {}
        }
    }
}

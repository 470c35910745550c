import Contracts
import Ledger
import Logging
import ServiceLifecycle

/// Runs the partitions of a process. A service group stops its services one after another; partitions stop together,
/// because with a broker that hangs each stop takes the full time-outs.
package struct PartitionGroup: Service {
    package let partitions: [PartitionService]
    let logger: Logger

    /// Between two looks at the time zone files in use, which are few.
    private static let timeZoneInterval: Duration = .seconds(10)

    package func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for partition in partitions {
                group.addTask { try await partition.run() }
            }
            group.addTask { await cancelWhenGracefulShutdown { await followTimeZones() } }
            // The first failure ends all: a process must serve either all partitions it owns or none.
            for try await _ in group {}
        }
    }

    /// Time zone files that change while the process runs are read again (contract section 1).
    private func followTimeZones() async {
        let database = TimeZoneDatabase.system
        while true {
            do { try await Task.sleep(for: Self.timeZoneInterval) } catch { return }
            guard database.refresh() else { continue }
            logger.notice(
                "Time zone rules have changed",
                metadata: [LogKey.paths: "\(database.folder)", LogKey.fingerprint: "\(database.fingerprint)"])
            for partition in partitions { partition.writer.submit(.call({ $0.reconsider() }, { _ in })) }
        }
    }
}

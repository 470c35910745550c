import Contracts
import ServiceLifecycle
import Web

/// Asks the other processes what changes in their partitions, while a live stream is open in this one.
struct RemoteChanges: Service {
    let changes: ApplicationChanges
    let partitions: LocalPartitions
    /// To the other processes of ApplicationService.
    let owners: RequestForwarder

    /// After each answer with changes, so that a busy partition is asked 20 times a second at most.
    private static let interval: Duration = .milliseconds(50)
    /// While this process serves the partition itself, while its owner has too many requests, and after the first
    /// request in vain.
    private static let pause: Duration = .seconds(1)
    private static let longestPause: Duration = .seconds(4)

    func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for partition in partitions.all { group.addTask { await follow(partition) } }
            }
        }
    }

    private func follow(_ partition: Partition) async {
        var position = RemotePosition()
        var pause = Self.pause
        while !Task.isCancelled {
            await changes.waitForStream()
            do {
                if partitions.service(of: partition) != nil {
                    // What its former owner changed last may not have been heard.
                    if position.isKnown { changes.publishAll(in: partition) }
                    position = RemotePosition()
                    try await Task.sleep(for: Self.pause)
                } else {
                    try await ask(partition, &position)
                    pause = Self.pause
                }
            } catch is CancellationError {
                return
            } catch {
                // The owner is away. Its position stays: the next answer says if there is a gap.
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private func ask(_ partition: Partition, _ position: inout RemotePosition) async throws {
        let batch = try await owners.events(
            of: position.path, after: position.last, waiting: EventBatch.maxWait, Caller(role: .service, id: nil),
            in: partition)
        guard let changed = position.receive(batch) else {
            changes.publishAll(in: partition)
            return try await Task.sleep(for: Self.interval)
        }
        if !changed.isEmpty {
            changes.publish(changed, in: partition)
            try await Task.sleep(for: Self.interval)
        } else if !batch.hasWaited {
            try await Task.sleep(for: Self.pause)
        }
    }
}

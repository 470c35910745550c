import Contracts
import ServiceLifecycle

extension ApplicationChanges {
    /// What has changed in a partition after an id, at the latest after a time; nothing if nothing has by then.
    func batch(of partition: Partition, after id: Int64, within limit: Duration) async -> Batch {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let reader = ChangeReader(of: .partition(partition), after: id) { continuation.finish() }
        return await withReader(reader) {
            let batch = next(for: reader)
            guard batch.changes == [], limit > .zero else { return batch }
            // A stop of this process waits for no change.
            await withGracefulShutdownHandler {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { for await _ in stream {} }
                    // When a change comes first, the sleep is cancelled; its error means nothing.
                    group.addTask { try? await Task.sleep(for: limit) }
                    await group.next()
                    group.cancelAll()
                }
            } onGracefulShutdown: {
                continuation.finish()
            }
            return next(for: reader)
        }
    }
}

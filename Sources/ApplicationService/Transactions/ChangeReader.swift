import Synchronization

/// One who reads ``ApplicationChanges``, and is woken when there is something to read.
final class ChangeReader: Sendable {
    let topic: ApplicationChanges.Topic
    /// Called on the writer's thread.
    let wake: @Sendable () -> Void
    private let readUntil: Atomic<Int64>

    /// - Parameter id: it reads what has changed after this id.
    init(of topic: ApplicationChanges.Topic, after id: Int64, wake: @escaping @Sendable () -> Void = {}) {
        self.topic = topic
        self.wake = wake
        readUntil = Atomic(id)
    }

    /// The id up to which it has read. Only ``ApplicationChanges`` changes it, under its lock.
    var position: Int64 {
        get { readUntil.load(ordering: .relaxed) }
        set { readUntil.store(newValue, ordering: .relaxed) }
    }
}

import Contracts

/// The newest changes, with increasing ids. A reader that is too late is told that anything may have changed.
struct ChangeRing {
    private struct Entry {
        let id: Int64
        let partition: Partition
        /// Nil: anything in the partition may have changed.
        let change: ApplicationChanges.Change?

        func isAbout(_ topic: ApplicationChanges.Topic) -> Bool {
            switch topic {
            case .everything: true
            case .fund(let fund): change.map { $0.fund == fund } ?? true
            case .partition(let partition): self.partition == partition
            }
        }
    }

    /// The most changes in a batch; more are said to be anything.
    static let maxChanges = 100

    /// The most entries that are kept.
    let capacity: Int
    /// The id of the newest entry.
    private(set) var last: Int64
    private var entries: [Entry] = []
    /// Where the oldest entry is, once the ring is full.
    private var first = 0
    /// The id of the newest entry that is not kept.
    private var dropped: Int64

    /// - Parameter start: nothing is known of what was before this id.
    init(capacity: Int, start: Int64) {
        self.capacity = capacity
        last = start
        dropped = start
    }

    /// - Parameters:
    ///   - change: nil: anything in the partition may have changed.
    ///   - now: microseconds of the wall clock, the entry's id unless the ring is ahead.
    mutating func append(_ change: ApplicationChanges.Change?, in partition: Partition, now: Int64) {
        last = max(last + 1, now)
        let entry = Entry(id: last, partition: partition, change: change)
        if entries.count < capacity {
            entries.append(entry)
        } else {
            dropped = entries[first].id
            entries[first] = entry
            first = (first + 1) % capacity
        }
    }

    /// What has changed after an id. It is read from the newest change backwards, so that it ends early.
    func batch(after id: Int64, about topic: ApplicationChanges.Topic) -> ApplicationChanges.Batch {
        let anything = ApplicationChanges.Batch(last: last)
        if id < dropped { return anything }
        var changes: [ApplicationChanges.Change] = []
        var applications: Set<ID> = []
        for offset in entries.indices.reversed() {
            let entry = entries[(first + offset) % entries.count]
            guard entry.id > id else { break }
            guard entry.isAbout(topic) else { continue }
            guard let change = entry.change else { return anything }
            guard applications.insert(change.application).inserted else { continue }
            changes.append(change)
            if changes.count > Self.maxChanges { return anything }
        }
        return ApplicationChanges.Batch(changes: changes.reversed(), last: last)
    }
}

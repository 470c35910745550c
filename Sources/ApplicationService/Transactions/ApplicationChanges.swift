import Contracts
import Foundation
import Synchronization

/// What has changed of late: the applications of the partitions of this process, and those that other processes have
/// told it of. Live streams read it.
final class ApplicationChanges: Sendable {
    /// An application that has changed, or one of whose members has.
    struct Change: Sendable, Hashable {
        let application: ID
        let fund: ID
    }

    /// Whose changes a reader hears.
    enum Topic: Sendable, Hashable {
        case everything
        /// Those of the fund's applications.
        case fund(ID)
        /// Those of a partition's applications.
        case partition(Partition)
    }

    /// What a reader has not read yet.
    struct Batch: Sendable, Hashable {
        /// Each application once, in the order of the last change; nil: anything may have changed.
        var changes: [Change]?
        /// The id after which the next batch begins.
        var last: Int64
    }

    private struct State {
        var ring: ChangeRing
        /// Those who are woken by the next change.
        var sleeping: [Topic: [ObjectIdentifier: ChangeReader]] = [:]
        var streamCount = 0
        /// Those who wait for a stream to be opened.
        var awaiters: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastAwaiter: UInt64 = 0
    }

    /// Names the ring of this process: another process, and the next life of this one, has another. It is also the id
    /// after which the ring begins.
    let ring: Int64
    private let clock: @Sendable () -> Int64
    private let state: Mutex<State>

    /// - Parameters:
    ///   - capacity: how many changes are kept.
    ///   - clock: microseconds of the wall clock, from which ids are made.
    init(
        capacity: Int = 4_096,
        clock: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000_000) }
    ) {
        self.clock = clock
        ring = clock()
        state = Mutex(State(ring: ChangeRing(capacity: capacity, start: ring)))
    }

    /// The id of the newest change.
    var last: Int64 { state.withLock(\.ring.last) }

    // MARK: - Writing

    /// Called after the commit.
    func publish(_ changes: some Collection<Change>, in partition: Partition) {
        append(changes.lazy.map { .some($0) }, in: partition)
    }

    /// Anything in the partition may have changed: it was served elsewhere.
    func publishAll(in partition: Partition) { append(CollectionOfOne(nil), in: partition) }

    private func append(_ changes: some Sequence<Change?>, in partition: Partition) {
        let now = clock()
        let woken = state.withLock { state -> [ChangeReader] in
            let last = state.ring.last
            for change in changes { state.ring.append(change, in: partition, now: now) }
            guard !state.sleeping.isEmpty else { return [] }
            let woken = Self.topics(of: changes, in: partition, state.sleeping.keys)
                .compactMap { state.sleeping.removeValue(forKey: $0) }.flatMap(\.values)
            // They have missed nothing before these changes, however old the ring's oldest is.
            for reader in woken { reader.position = last }
            return woken
        }
        for reader in woken { reader.wake() }
    }

    private static func topics(
        of changes: some Sequence<Change?>, in partition: Partition, _ all: some Sequence<Topic>
    ) -> Set<Topic> {
        var topics: Set<Topic> = [.everything, .partition(partition)]
        for change in changes {
            if let change {
                topics.insert(.fund(change.fund))
            } else {
                // Of any fund, but of this partition only.
                topics.formUnion(all.filter { if case .fund = $0 { true } else { false } })
            }
        }
        return topics
    }

    // MARK: - Reading

    /// What has changed since the reader has read last. If nothing has, the next change wakes it, once.
    func next(for reader: ChangeReader) -> Batch {
        state.withLock { state in
            let key = ObjectIdentifier(reader)
            if state.sleeping[reader.topic]?[key] == nil {
                let batch = state.ring.batch(after: reader.position, about: reader.topic)
                reader.position = batch.last
                guard batch.changes == [] else { return batch }
                state.sleeping[reader.topic, default: [:]][key] = reader
            }
            return Batch(changes: [], last: state.ring.last)
        }
    }

    /// Runs `body`, in which the reader may read.
    /// - Parameter isStream: whether other processes are asked for their changes in the same time.
    func withReader<Value>(
        _ reader: ChangeReader, isStream: Bool = false, _ body: () async throws -> Value
    ) async rethrows -> Value {
        state.withLock { state in
            // An id ahead of this ring comes from a clock that is ahead.
            reader.position = min(reader.position, state.ring.last)
        }
        if isStream { beginStream() }
        defer { remove(reader, isStream: isStream) }
        return try await body()
    }

    private func remove(_ reader: ChangeReader, isStream: Bool) {
        state.withLock { state in
            if isStream { state.streamCount -= 1 }
            state.sleeping[reader.topic]?[ObjectIdentifier(reader)] = nil
            if state.sleeping[reader.topic]?.isEmpty == true { state.sleeping[reader.topic] = nil }
        }
    }

    // MARK: - Whether a stream is open

    private func beginStream() {
        let awaiters = state.withLock { state in
            state.streamCount += 1
            return Array(state.awaiters.values)
        }
        for awaiter in awaiters { awaiter.finish() }
    }

    /// Returns when at least one stream is open, or when the task is cancelled.
    func waitForStream() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let id = state.withLock { state -> UInt64? in
            guard state.streamCount == 0 else { return nil }
            state.lastAwaiter += 1
            state.awaiters[state.lastAwaiter] = continuation
            return state.lastAwaiter
        }
        guard let id else { return }
        for await _ in stream {}
        state.withLock { $0.awaiters[id] = nil }
    }
}

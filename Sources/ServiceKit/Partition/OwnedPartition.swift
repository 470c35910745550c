import Contracts
import Ledger
import Synchronization

/// One partition of this process, from the first attempt to become its owner until its file is closed and its owner
/// queue is given up.
final class OwnedPartition: Sendable {
    enum Phase: Sendable {
        /// It is not the owner yet.
        case claiming
        /// It is the owner, and waits for ``OwnedPartition/open()``.
        case held
        case opening
        case serving(PartitionService)
        case stopping
    }

    private struct State {
        var phase = Phase.claiming
        var since = Timestamp.now()
        /// Whether the file is opened; then the ownership ends after it is closed.
        var isOpened = false
        /// What is to happen to the file once the partition has stopped; nil unless another process gets it.
        var handOver: HandOver?
    }

    let partition: Partition
    /// Whether a process that is paused has the file, which is then taken from it.
    let takesOver: Bool
    /// Whether its file has just arrived from another process, and was compared with what that one had.
    private let isVerified: Bool
    private let ownership: PartitionOwnership
    private let factory: PartitionFactory
    private let onChange: @Sendable () -> Void
    private let state = Mutex(State())
    private let mayOpen = AsyncStream.makeStream(of: Void.self)
    private let isStopping = AsyncStream.makeStream(of: Never.self)

    /// - Parameters:
    ///   - isFirst: whether it is the first of the process.
    ///   - onChange: called after each change of the phase.
    init(
        _ partition: Partition, takesOver: Bool, isVerified: Bool, isFirst: Bool, factory: PartitionFactory,
        onChange: @escaping @Sendable () -> Void
    ) {
        self.partition = partition
        self.takesOver = takesOver
        self.isVerified = isVerified
        self.factory = factory
        self.onChange = onChange
        ownership = factory.ownership(of: partition, isFirst: isFirst)
    }

    var phase: Phase { state.withLock(\.phase) }

    /// Nil unless it is served.
    var service: PartitionService? {
        if case .serving(let service) = phase { service } else { nil }
    }

    /// For the other processes.
    var record: ProcessRecord.Owned {
        state.withLock { state in
            let recorded: ProcessRecord.Owned.State =
                switch state.phase {
                case .claiming, .held, .opening: .starting
                case .serving: .serving
                case .stopping: .stopping
                }
            return ProcessRecord.Owned(partition: partition.name, state: recorded, since: state.since.milliseconds)
        }
    }

    /// What keeps it from being ready; empty if it is, or if it stops.
    var problems: [String] {
        switch phase {
        case .claiming, .held, .opening:
            ownership.status.problems + ["\(ownership.address.name): the file is not open yet"]
        case .serving(let service): service.problems
        case .stopping: []
        }
    }

    /// Runs until ``stop()``. Throws if another process is the owner, or has the file, or if the file cannot be used.
    func run() async throws {
        defer { handOver?.abandon() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.ownership.run() }
            group.addTask {
                defer { self.ownership.stop() }
                try await self.openAndServe()
            }
            // The first failure ends both.
            for try await _ in group {}
        }
    }

    /// Whether it is about to be served. One that is to be taken from a paused process is not until it is held: the
    /// broker may take half a minute to notice.
    var isPending: Bool {
        switch phase {
        case .claiming: !takesOver
        case .held, .opening: true
        case .serving, .stopping: false
        }
    }

    /// Opens the file once the owner queue is held.
    func open() {
        guard advance(to: .opening) else { return }
        mayOpen.continuation.yield()
    }

    /// From now on it is not among those that are served.
    func leave() { advance(to: .stopping) }

    /// The partition is to be given to another process: the loop that runs the partitions stops it, and then this
    /// happens, while the file is still open.
    /// - Returns: false if it is not served.
    func begin(_ handOver: HandOver) -> Bool {
        let isServed = state.withLock { state in
            guard case .serving(let service) = state.phase, state.handOver == nil else { return false }
            service.handOver = handOver
            state.handOver = handOver
            return true
        }
        if isServed { onChange() }
        return isServed
    }

    /// Whether it is to be stopped, so that another process gets it.
    var isToBeHandedOver: Bool { service != nil && handOver != nil }

    private var handOver: HandOver? { state.withLock(\.handOver) }

    /// Ends it in order: what was accepted is committed and acked, what is being published is confirmed.
    func stop() {
        leave()
        mayOpen.continuation.finish()
        isStopping.continuation.finish()
        if !state.withLock(\.isOpened) { ownership.stop() }
    }

    /// - Returns: false if it stops.
    @discardableResult
    private func advance(to phase: Phase) -> Bool {
        let hasAdvanced = state.withLock { state in
            if case .stopping = state.phase { return false }
            state.phase = phase
            state.since = .now()
            return true
        }
        if hasAdvanced { onChange() }
        return hasAdvanced
    }

    private func openAndServe() async throws {
        guard await ownership.waitUntilHeld() != nil, advance(to: .held) else { return }
        for await _ in mayOpen.stream { break }
        // It may have been lost since.
        guard let hadFile = await ownership.waitUntilHeld() else { return }
        let isOpened = state.withLock { state in
            if case .opening = state.phase { state.isOpened = true }
            return state.isOpened
        }
        guard isOpened else { return }
        let service = try await factory.open(ownership, hadFile: hadFile, breaksLock: takesOver, isVerified: isVerified)
        // If it is to stop by now, it stops in order.
        advance(to: .serving(service))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { service.stop() }
                try await self.answerOperators(service)
            }
            try await service.run()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Until ``stop()``.
    private func answerOperators(_ service: PartitionService) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.factory.adminSocket(of: service).run() }
            group.addTask { [isStopping] in for await _ in isStopping.stream {} }
            _ = try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

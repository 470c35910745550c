import Contracts
import Ledger
import Logging

/// The partitions that were moved to or from other data folders.
extension OwnedPartitions {
    /// Those that this process owns or may own, in the order of their numbers.
    var owned: [Partition] { settings.selection.partitions(of: settings.partitions, placements) }

    /// A partition was moved here or away.
    /// - Parameter isVerified: whether its file has just arrived.
    func place(_ partition: Partition, _ placement: Placement, isVerified: Bool) {
        update(partition, placement, isVerified: isVerified)
        changed()
    }

    /// The receiver has said that it has the partition.
    func noteTaken(_ partition: Partition, _ move: String) {
        guard var placement = placements[partition], placement.move == move, !placement.isTaken else { return }
        placement.isTaken = true
        // If it cannot be written, the receiver is asked again after a restart.
        try? placement.write(of: factory.address(of: partition), in: settings.dataDirectory)
        update(partition, placement, isVerified: false)
    }

    /// Stops a partition, and runs `body` while its file is still open. If it throws, the partition is served again.
    func handOver(_ partition: Partition, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let handOver = HandOver(body)
        guard let owned = all.first(where: { $0.partition == partition }), owned.begin(handOver) else {
            throw MoveFailure("it has just stopped")
        }
        try await handOver.wait()
    }

    /// The file says that the partition was given away, and the process ended before that was noted beside it.
    func noteMoved(_ partition: Partition) async throws {
        let (address, directory) = (factory.address(of: partition), settings.dataDirectory)
        let placement = try await BlockingWork.run { () -> Placement? in
            let lock = try LedgerFile.lock(address, in: directory, timeout: PartitionFactory.lockTimeout)
            defer { lock.release() }
            let earlier = try Placement.of(address, in: directory)
            guard let (move, process) = try LedgerFile.move(of: address, in: directory) else { return earlier }
            let placement = Placement(
                .elsewhere, move: move, process: process, at: .now(), isTaken: false,
                earlierMove: earlier?.place == .here ? earlier?.move : nil)
            try placement.write(of: address, in: directory)
            try LedgerFile.setAside(address, in: directory, at: .timeInFileNames())
            return placement
        }
        if let placement { place(partition, placement, isVerified: false) }
    }

    /// The file of a partition that was given away gets out of the way.
    func setAside(_ partition: Partition) async {
        let (address, directory) = (factory.address(of: partition), settings.dataDirectory)
        do {
            try await BlockingWork.run { try Self.setAside(address, in: directory) }
        } catch {
            logger.warning(
                "The file of a partition that was moved keeps its name until the next start",
                metadata: [LogKey.partition: "\(partition)", LogKey.error: "\(error)"])
        }
    }

    /// Those that a process that ended has left.
    static func setAside(_ placements: [Partition: Placement], _ factory: PartitionFactory) throws {
        for (partition, placement) in placements where placement.place == .elsewhere {
            try setAside(factory.address(of: partition), in: factory.settings.dataDirectory)
        }
    }

    private static func setAside(_ address: Address, in directory: String) throws {
        // Another process of the folder may do the same.
        guard let lock = try? LedgerFile.lock(address, in: directory) else { return }
        defer { lock.release() }
        try LedgerFile.setAside(address, in: directory, at: .timeInFileNames())
    }
}

extension String {
    /// The present time as part of a file's name, e.g. `20261126T211500Z`.
    static func timeInFileNames(_ now: Timestamp = .now()) -> String {
        now.description.filter { $0.isLetter || $0.isNumber }
    }
}

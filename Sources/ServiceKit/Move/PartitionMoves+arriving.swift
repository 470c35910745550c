import Broker
import Contracts
import Foundation
import Ledger
import Logging

/// The side that gets a partition, and the answers that each side gives the other.
extension PartitionMoves {
    /// Only processes of the same service, which have the same broker user, are answered.
    func reply(to delivery: Delivery) async -> MoveReply {
        guard let user = delivery.properties.userID, user == settings.endpoint.user else {
            return .refused("the sender is not a process of \(service.rawValue)")
        }
        guard let request = MoveRequest(delivery) else { return .refused("the request cannot be read") }
        do {
            return try await reply(to: request)
        } catch {
            logger.warning(
                "A request of a move failed",
                metadata: [LogKey.partition: "\(request.partition)", LogKey.error: "\(error)"])
            return .refused("\(process): \((error as? LedgerError)?.description ?? "\(error)")")
        }
    }

    private func reply(to request: MoveRequest) async throws -> MoveReply {
        let (move, partition) = (request.move, request.partition)
        switch request.step {
        case .begin(let outline): return try await begin(request, outline)
        case .piece(let part, let offset, let bytes):
            guard touch(move, partition), let arrival = arrival(of: partition) else {
                return MoveReply(state: .unknown)
            }
            try await BlockingWork.run { try arrival.copy.write(bytes, to: part, at: offset) }
            return MoveReply(state: .accepted)
        case .check(let bytes, let checksum): return try await check(move, partition, bytes, checksum)
        case .complete(let bytes, let checksum): return try await complete(move, partition, bytes, checksum)
        case .take: return await take(move, partition)
        case .cancel: return await cancel(move, partition)
        case .decision: return try await decision(about: move, partition)
        case .progress: return progress(of: move, partition)
        }
    }

    private func begin(_ request: MoveRequest, _ outline: MoveRequest.Outline) async throws -> MoveReply {
        let partition = request.partition
        if let reason = refusal(of: request, outline) { return .refused(reason) }
        if let earlier = arrival(of: partition) {
            if earlier.move == request.move { return MoveReply(state: .accepted) }
            // Who has the partition has not given it away by an earlier move.
            let isOver =
                earlier.process == request.process || earlier.completeAt != nil
                || ContinuousClock.now - earlier.lastPieceAt >= Self.idleLimit
            if isOver { await forget(earlier.move, partition) }
            guard arrival(of: partition) == nil else {
                return .refused("a move of \(partition) from \(earlier.process) to \(process) is under way")
            }
        }
        if partitions.placements[partition] != nil { await partitions.setAside(partition) }
        let address = partitions.factory.address(of: partition)
        let directory = settings.dataDirectory
        let copy = try await BlockingWork.run { try IncomingCopy(of: address, in: directory, bytes: outline.bytes) }
        setArrival(Arrival(move: request.move, process: request.process, copy: copy), of: partition)
        return MoveReply(state: .accepted)
    }

    /// Why a partition cannot come here; nil if it can.
    private func refusal(of request: MoveRequest, _ outline: MoveRequest.Outline) -> String? {
        let others = partitions.folder.others()
        if request.process == process || others.contains(where: { $0.record.process == request.process }) {
            return "\(process) has the same data folder as \(request.process), and needs no move"
        }
        if outline.partitions != settings.partitions || request.partition.number >= settings.partitions {
            return "\(process) runs with PARTITIONS=\(settings.partitions), and not with \(outline.partitions)"
        }
        if outline.migrations > partitions.factory.migrationCount {
            return "\(process) runs an earlier version, which cannot read the file"
        }
        if partitions.owned.contains(request.partition) { return "\(process) has \(request.partition) already" }
        if settings.selection != .automatic, !others.isEmpty {
            return "\(process) shares its data folder with \(others.map(\.record.process).joined(separator: ", "))"
        }
        return nil
    }

    private func check(
        _ move: String, _ partition: Partition, _ bytes: Int64, _ checksum: String
    ) async throws -> MoveReply {
        guard touch(move, partition), let arrival = arrival(of: partition) else { return MoveReply(state: .unknown) }
        if arrival.isChecked { return MoveReply(state: .accepted) }
        guard beginWork(move, partition) != nil else { return MoveReply(state: .working) }
        do {
            try await BlockingWork.run { try arrival.copy.check(.database, bytes: bytes, checksum: checksum) }
        } catch {
            endWork(move, partition)
            throw error
        }
        endWork(move, partition) { $0.isChecked = true }
        return MoveReply(state: .accepted)
    }

    private func complete(
        _ move: String, _ partition: Partition, _ bytes: Int64, _ checksum: String
    ) async throws -> MoveReply {
        guard touch(move, partition), let arrival = arrival(of: partition) else { return MoveReply(state: .unknown) }
        if arrival.completeAt != nil { return MoveReply(state: .complete) }
        guard arrival.isChecked else { return MoveReply(state: .unknown) }
        guard beginWork(move, partition) != nil else { return MoveReply(state: .working) }
        let (copy, source, count) = (arrival.copy, arrival.process, settings.partitions)
        let migrations = partitions.factory.definition.migrations
        do {
            try await BlockingWork.run {
                try copy.check(.log, bytes: bytes, checksum: checksum)
                try copy.complete(move, from: source, partitions: count, migrations: migrations)
            }
        } catch {
            endWork(move, partition)
            throw error
        }
        hit(.moveComplete)
        endWork(move, partition) { $0.completeAt = .now }
        return MoveReply(state: .complete)
    }

    /// The partition is this process's. It may be said more than once.
    func take(_ move: String, _ partition: Partition) async -> MoveReply {
        guard let arrival = arrival(of: partition), arrival.move == move, arrival.completeAt != nil else {
            return progress(of: move, partition)
        }
        guard beginWork(move, partition) != nil else { return MoveReply(state: .working) }
        do {
            let (now, directory) = (Timestamp.now(), settings.dataDirectory)
            try await BlockingWork.run { [self] in
                try arrival.copy.place(move, from: arrival.process, at: now)
                hit(.movePlaced)
                try arrival.copy.install()
                hit(.moveInstalled)
            }
            if let placement = try Placement.of(arrival.copy.address, in: directory) {
                partitions.place(partition, placement, isVerified: true)
            }
        } catch {
            // It is tried again when it is said again.
            endWork(move, partition)
            logger.error(
                "A partition that has arrived cannot be put in its place",
                metadata: [LogKey.partition: "\(partition)", LogKey.error: "\(error)"])
            return .refused("\(process): \((error as? LedgerError)?.description ?? "\(error)")")
        }
        removeArrival(move, partition)
        logger.notice(
            "A partition was moved here",
            metadata: [LogKey.partition: "\(partition)", LogKey.process: "\(arrival.process)"])
        return MoveReply(state: .taken)
    }

    /// The sender has kept the partition.
    @discardableResult
    func cancel(_ move: String, _ partition: Partition) async -> MoveReply {
        guard arrival(of: partition)?.move == move else { return MoveReply(state: .accepted) }
        // What is being checked is asked about later.
        guard let arrival = beginWork(move, partition) else { return MoveReply(state: .working) }
        _ = try? await BlockingWork.run { arrival.copy.discard() }
        removeArrival(move, partition)
        return MoveReply(state: .accepted)
    }

    /// The sender does not know the move: it was not sealed, or its file is another one by now.
    func forget(_ move: String, _ partition: Partition) async {
        guard let arrival = beginWork(move, partition) else { return }
        do {
            try await BlockingWork.run {
                if arrival.completeAt == nil {
                    arrival.copy.discard()
                } else {
                    try arrival.copy.setAside(at: .timeInFileNames())
                }
            }
            removeArrival(move, partition)
        } catch {
            endWork(move, partition)
        }
    }

    private func progress(of move: String, _ partition: Partition) -> MoveReply {
        guard let placement = partitions.placements[partition] else { return MoveReply(state: .unknown) }
        switch placement.place {
        case .here where placement.move == move:
            return MoveReply(state: partitions.service(of: partition) == nil ? .taken : .serving)
        // It has gone on to another process.
        case .elsewhere where placement.earlierMove == move: return MoveReply(state: .taken)
        default: return MoveReply(state: .unknown)
        }
    }

    /// What has become of a partition that was to leave this process.
    private func decision(about move: String, _ partition: Partition) async throws -> MoveReply {
        if departure(of: partition) == move { return MoveReply(state: .undecided) }
        if let placement = partitions.placements[partition], placement.place == .elsewhere {
            return MoveReply(state: placement.move == move ? .moved : .unknown)
        }
        // Who serves the partition has its file open, and the file says that it was not given away. It also says
        // whether it is the file that was copied: an operator may have replaced it.
        guard let service = partitions.service(of: partition) else { return MoveReply(state: .undecided) }
        return MoveReply(state: try await service.file.lastSealedMove() == move ? .kept : .unknown)
    }
}

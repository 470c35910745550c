import Contracts
import Foundation
import Ledger
import Logging
import Synchronization

/// The side that has a partition, and gives it away.
extension PartitionMoves {
    /// What an operator is told about a move.
    struct Report: Sendable {
        let bytes: Int64
        /// From the moment that nothing more was accepted until the other process served the partition; nil if it did
        /// not say so in time.
        let pause: Duration?
    }

    /// How much of the database is sent between two looks at the log.
    private static let stretchBytes: Int64 = 64 << 20
    /// How much of the log may be left for the pause, and how often the log is followed before it.
    private static let restBytes: Int64 = 256 << 10
    private static let maxRounds = 16
    /// Between two questions whether the receiver serves the partition.
    private static let progressInterval: Duration = .milliseconds(10)

    func perform(_ order: MoveOrders.Order) async -> AdminResponse {
        let address = partitions.factory.address(of: order.partition)
        do {
            let report = try await move(order.partition, to: order.receiver)
            let fields: [(String, String?)] = [
                ("partition", address.name), ("from", process), ("to", order.receiver),
                ("bytes", String(report.bytes)), ("pause_ms", report.pause.map { String($0.wholeMilliseconds) }),
            ]
            return AdminResponse(lines: [AdminResponse.line(fields, asJSON: order.asJSON)])
        } catch {
            let reason = (error as? MoveFailure)?.description ?? (error as? LedgerError)?.description ?? "\(error)"
            logger.warning(
                "A partition was not moved",
                metadata: [LogKey.partition: "\(order.partition)", LogKey.reason: "\(reason)"])
            return AdminResponse(error: "\(address.name) was not moved: \(reason)", exitCode: 1)
        }
    }

    private func move(_ partition: Partition, to receiver: String) async throws -> Report {
        guard receiver != process else { throw MoveFailure("\(receiver) is this process") }
        guard !partitions.folder.others().contains(where: { $0.record.process == receiver }) else {
            throw MoveFailure("\(receiver) has the same data folder as \(process), and needs no move")
        }
        guard let service = partitions.service(of: partition) else {
            throw MoveFailure("\(process) does not serve it")
        }
        let move = UUID().uuidString.lowercased()
        guard beginDeparture(move, of: partition) else { throw MoveFailure("a move of it is under way") }
        defer { endDeparture(of: partition) }
        return try await withClient { client in
            let departure = Departure(client: client, move: move, partition: partition, receiver: receiver)
            let outline = MoveRequest.Outline(
                partitions: settings.partitions, migrations: partitions.factory.migrationCount,
                bytes: service.file.bytesOnDisk)
            try await departure.require(.accepted, for: .begin(outline))
            do {
                return try await copyAndHandOver(service, departure)
            } catch {
                // What may be committed is found out when the file is opened. Until then the receiver asks, as it does
                // if this message is lost.
                guard !departure.mayBeDecided else { throw error }
                _ = try? await client.send(.cancel, of: move, partition, to: receiver, within: .seconds(1))
                throw error
            }
        }
    }

    private func copyAndHandOver(_ service: PartitionService, _ departure: Departure) async throws -> Report {
        let copy = try await BlockingWork.run { try OutgoingCopy(of: service.file) }
        defer { copy.end() }
        while departure.sent(.database) < copy.databaseBytes {
            let end = min(departure.sent(.database) + Self.stretchBytes, copy.databaseBytes)
            try await departure.send(.database, of: copy, upTo: end)
            _ = try await committedLog(copy)
        }
        let checksum = try await BlockingWork.run {
            try copy.checksum(of: .database, bytes: copy.databaseBytes)
        }
        try await departure.require(
            .accepted, for: .check(bytes: copy.databaseBytes, checksum: checksum), within: MoveClient.checkTimeout)
        for _ in 0..<Self.maxRounds {
            let sent = departure.sent(.log)
            let committed = try await committedLog(copy)
            if committed - sent <= Self.restBytes { break }
            try await departure.send(.log, of: copy, upTo: committed)
        }
        hit(.moveCopied)
        return try await handOver(service, copy, departure)
    }

    /// - Returns: the length of the log.
    private func committedLog(_ copy: OutgoingCopy) async throws -> Int64 {
        let committed = try await BlockingWork.run { try copy.logBytes() }
        guard committed <= Limits.moveLogBytes else {
            throw MoveFailure("it changes too much while it is copied; move it when there is less to do")
        }
        return committed
    }

    /// The pause.
    private func handOver(
        _ service: PartitionService, _ copy: OutgoingCopy, _ departure: Departure
    ) async throws -> Report {
        let partition = departure.partition
        let start = ContinuousClock.now
        try await partitions.handOver(partition) { [self] in
            defer { copy.end() }
            try await decide(service, copy, departure)
        }
        // It is decided: from here on the receiver is told until it knows, also after a crash.
        var report = Report(bytes: departure.sent(.database) + departure.sent(.log), pause: nil)
        do {
            try await departure.require(.taken, .serving, for: .take)
            partitions.noteTaken(partition, departure.move)
            let deadline = ContinuousClock.now + MoveClient.timeout
            while ContinuousClock.now < deadline {
                let reply = try await departure.client.send(
                    .progress, of: departure.move, partition, to: departure.receiver)
                if reply.state == .serving {
                    report = Report(bytes: report.bytes, pause: ContinuousClock.now - start)
                    break
                }
                try await Task.sleep(for: Self.progressInterval)
            }
        } catch {
            logger.warning(
                "The process that got a partition has not answered yet",
                metadata: [LogKey.partition: "\(partition)", LogKey.process: "\(departure.receiver)"])
        }
        logger.notice(
            "A partition was moved",
            metadata: [LogKey.partition: "\(partition)", LogKey.process: "\(departure.receiver)"])
        return report
    }

    /// The partition is stopped, and its file still open and locked. Throws if the partition stays here.
    private func decide(_ service: PartitionService, _ copy: OutgoingCopy, _ departure: Departure) async throws {
        let (file, move) = (service.file, departure.move)
        let committed = try await BlockingWork.run {
            try file.seal(move)
            return try copy.logBytes()
        }
        hit(.moveSealed)
        try await departure.send(.log, of: copy, upTo: committed)
        let checksum = try await BlockingWork.run { try copy.checksum(of: .log, bytes: committed) }
        try await departure.require(.complete, for: .complete(bytes: committed, checksum: checksum))
        hit(.moveConfirmed)
        let (receiver, directory) = (departure.receiver, settings.dataDirectory)
        let placement = try await BlockingWork.run { [self] in
            let earlier = try Placement.of(file.address, in: directory)
            departure.decide()
            try file.markMoved(move, to: receiver)
            hit(.moveDecided)
            let placement = Placement(
                .elsewhere, move: move, process: receiver, at: .now(), isTaken: false,
                earlierMove: earlier?.place == .here ? earlier?.move : nil)
            // The file says the same: if the note cannot be written, it is when the file is opened.
            try? placement.write(of: file.address, in: directory)
            return placement
        }
        partitions.place(departure.partition, placement, isVerified: false)
    }
}

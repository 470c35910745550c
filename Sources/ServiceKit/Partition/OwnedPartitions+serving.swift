import Contracts
import Ledger
import Logging
import ServiceLifecycle

/// The loop that runs the partitions of a process.
extension OwnedPartitions {
    /// How long it may take until a process notices that another one has joined, left or died.
    private static let tickInterval: Duration = .milliseconds(200)
    /// A record that stands still for ``ProcessFolder/pauseLimit`` shows that its process is paused.
    private static let beatInterval: Duration = .seconds(1)
    /// Between two looks at the time zone files in use, which are few.
    private static let timeZoneInterval: Duration = .seconds(10)

    func tick() async {
        await withGracefulShutdownHandler {
            while !Task.isCancelled {
                changed()
                try? await Task.sleep(for: Self.tickInterval)
            }
        } onGracefulShutdown: {
            self.changed()
        }
    }

    /// Runs the partitions until a graceful shutdown, and stops them.
    func serve(in group: inout ThrowingDiscardingTaskGroup<any Error>) async {
        var beside = ServicesBeside(logger: logger, make: servicesBeside)
        var announced = Announcement()
        for await _ in events.stream {
            if Task.isShuttingDownGracefully { break }
            if settings.selection != .automatic { claimListed(in: &group) }
            openHeld()
            if let leaving = all.first(where: \.isToBeHandedOver) {
                leaving.leave()
                await beside.follow(partitions, in: &group)
                leaving.stop()
            }
            if settings.selection == .automatic, let givenUp = divide(in: &group) {
                givenUp.leave()
                await beside.follow(partitions, in: &group)
                givenUp.stop()
            }
            if !all.contains(where: \.isPending), !all.isEmpty || presence?.isConnected ?? false {
                settle()
                announceServing(&announced)
                await beside.follow(partitions, in: &group)
            }
            announce(&announced)
        }
        guard !Task.isCancelled else { return }
        announce(&announced, isLeaving: true)
        await beside.stop()
        for partition in all { partition.stop() }
        announce(&announced, isLeaving: true)
        guard !all.isEmpty else { return }
        for await _ in events.stream {
            announce(&announced, isLeaving: true)
            if all.isEmpty { return }
        }
    }

    /// Of a list: those that are not claimed yet, have been moved here, or were stopped to be moved and stay here.
    private func claimListed(in group: inout ThrowingDiscardingTaskGroup<any Error>) {
        let claimed = Set(all.map(\.partition))
        for partition in owned where !claimed.contains(partition) { claim(partition, in: &group) }
    }

    /// Opens the files of which this process has become the owner. Of a list it opens all or none.
    private func openHeld() {
        let all = all
        let isComplete = all.allSatisfy { if case .claiming = $0.phase { false } else { true } }
        guard settings.selection == .automatic || isComplete else { return }
        for partition in all {
            if case .held = partition.phase { partition.open() }
        }
    }

    // MARK: - Dividing

    /// Takes what is free for this process. Returns the partition that it has to give up now; nil if there is none.
    private func divide(in group: inout ThrowingDiscardingTaskGroup<any Error>) -> OwnedPartition? {
        let others = folder.others()
        // After the records: a process drops a partition from its record when it is noted that it was moved.
        readPlacements()
        for claimed in all {
            guard case .claiming = claimed.phase, others.contains(where: { $0.serves(claimed.partition) }) else {
                continue
            }
            claimed.stop()
        }
        let running = others.filter { !$0.isPaused }.map(\.record)
        // While none reaches the broker, nothing moves.
        let isBrokerAway = presence?.isConnected != true && !running.contains { $0.isAutomatic && $0.isConnected }
        func process(_ record: ProcessRecord) -> PartitionDivision.Process {
            PartitionDivision.Process(
                name: record.process, owned: Set(record.owned.compactMap { Partition(name: $0.partition) }),
                isChanging: record.owned.contains { $0.state != .serving },
                takesPart: record.isAutomatic && !record.isLeaving && (record.isConnected || isBrokerAway))
        }
        let division = PartitionDivision(
            count: settings.partitions, elsewhere: Set(placements.filter { $0.value.place == .elsewhere }.keys),
            processes: running.map(process) + [process(record())])
        for partition in division.taken(by: folder.name) {
            // The first one declares the queues of all.
            if let first = all.first, all.count == 1, first.isPending, case .claiming = first.phase { break }
            claim(partition, takesOver: others.contains { $0.isPaused && $0.record.claims(partition) }, in: &group)
        }
        return division.givenUp(by: folder.name).flatMap { givenUp in all.first { $0.partition == givenUp } }
    }

    private func record(isLeaving: Bool = false) -> ProcessRecord {
        ProcessRecord(
            process: folder.name, partitions: settings.partitions, isAutomatic: settings.selection == .automatic,
            isConnected: presence?.isConnected ?? true, isLeaving: isLeaving, owned: all.map(\.record))
    }

    // MARK: - Telling others

    /// What the others and the log were told last.
    private struct Announcement {
        var record: ProcessRecord?
        var writtenAt = ContinuousClock.now
        var beat = 0
        var served: [Partition]?
        var exposedPaths: Set<String> = []
    }

    private func announce(_ announced: inout Announcement, isLeaving: Bool = false) {
        var record = self.record(isLeaving: isLeaving)
        let now = ContinuousClock.now
        guard record != announced.record || now - announced.writtenAt >= Self.beatInterval else { return }
        announced.record = record
        announced.writtenAt = now
        announced.beat += 1
        record.beat = announced.beat
        folder.write(record)
    }

    private func announceServing(_ announced: inout Announcement) {
        let served = partitions
        guard served.map(\.address.partition) != announced.served else { return }
        announced.served = served.map(\.address.partition)
        let exposedPaths = Set(served.flatMap(\.file.exposedPaths)).subtracting(announced.exposedPaths)
        if !exposedPaths.isEmpty {
            announced.exposedPaths.formUnion(exposedPaths)
            logger.warning(
                "Other users of this machine have rights to the data",
                metadata: [LogKey.paths: "\(exposedPaths.sorted())"])
        }
        logger.info(
            "Serving",
            metadata: [
                LogKey.version: "\(ServiceProgram.version)", LogKey.process: "\(folder.name)",
                LogKey.partitions: "\(served.map(\.address.name))",
            ])
    }

    // MARK: - Time zones

    /// Time zone files that change while the process runs are read again (contract section 1).
    func followTimeZones() async {
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

extension ProcessFolder.Other {
    fileprivate func serves(_ partition: Partition) -> Bool { !isPaused && record.serves(partition) }
}

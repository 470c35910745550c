import ChaosHistory
import Contracts
import Foundation
import Synchronization
import TestSupport

/// A service's process with its connection, disk and clock, all of which can be made to fail, and with a supervisor
/// that restarts it if it ends by itself.
final class ServiceUnderTest: Sendable {
    let service: ServiceName
    /// The number of the process among the service's processes, from 0.
    let index: Int
    /// The service's name, with a number if it is not the first process.
    let name: String
    /// The partitions of `OWNED_PARTITIONS`. Of processes that share a folder all may own each of them.
    let partitions: [Address]
    let process: ServiceProcess
    let proxy: BrokerProxy
    private let folder: URL
    /// Whether other processes use the folder too.
    private let isShared: Bool
    private let conditions: Conditions
    /// The value of `PROCESS_NAME`.
    var processName: String { "\(service.rawValue)-\(index)" }
    private let clock: FakeClock
    private let unsyncedWrites: UnsyncedWrites
    private let runLog: RunLog
    /// Whether the process is meant to be down, or its end is handled elsewhere.
    private let isHandled = Mutex(true)
    private let times = Mutex(Times())

    private struct Times {
        var started = ContinuousClock.now
        /// The length of its log when it was started, in characters.
        var logged = 0
        /// `--accept-empty` once the files have been deleted, so that a process which dies before it has made new ones
        /// can be started again.
        var arguments: [String] = []
        /// The copies of the files, and when they were made.
        var copies: [(folder: URL, moment: Loss.Moment, reported: Loss.Moment)] = []
    }

    /// The exit code of a service whose partition has another owner.
    private static let ownedElsewhere: Int32 = 69
    /// The exit code of a service whose file cannot be used. Allowed only at a start during a disk fault: a running
    /// service pauses instead.
    private static let fileUnusable: Int32 = 74
    /// What a service logs when its files are open.
    private static let servingMessage = "[ServiceKit] Serving"

    /// How long a report of what was applied may be under way, while other faults go on. Without faults it is a second.
    private static let reportTime: Duration = .seconds(15)

    private var fullDisk: URL { folder.appending(path: "disk-is-full") }
    private var failingSync: URL { folder.appending(path: "sync-fails") }
    /// Written when a disk fault begins or ends.
    private var diskChange: URL { folder.appending(path: "disk-change") }

    init(
        _ service: ServiceName, process index: Int, conditions: Conditions, url: String, folder parent: URL,
        runLog: RunLog
    ) async throws {
        self.service = service
        self.index = index
        name = service.rawValue + (index == 0 ? "" : " (\(index + 1))")
        let owned = conditions.owned(by: index, of: service)
        partitions = owned.map { Address(service: service, partition: $0) }
        let own = parent.appending(path: "\(service.rawValue)-\(index)")
        isShared = conditions.sharing > 1
        self.conditions = conditions
        let folder = isShared ? parent.appending(path: service.rawValue) : own
        self.folder = folder
        self.runLog = runLog
        for folder in [folder, own] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        proxy = try BrokerProxy(to: url)
        clock = try await FakeClock(in: folder, showing: .now())
        let disk = try await FaultLibrary.compile("full_disk", into: folder)
        let kinds: [ServiceName: ServiceProcess.Kind] = [
            .application: .application, .waitlist: .waitlist, .notifier: .notifier,
        ]
        var settings = clock.settings
        unsyncedWrites = try await UnsyncedWrites(in: folder)
        settings["LD_PRELOAD", default: ""] += ":\(disk.path):\(unsyncedWrites.library.path)"
        settings.merge(
            [
                "FAULT_MARKER": folder.appending(path: "disk-is-full").path,
                "FAULT_SYNC_MARKER": folder.appending(path: "sync-fails").path,
                "FAULT_DIR": folder.path, "FAULT_ERRNO": "\(ENOSPC)", "DATA_DIR": folder.path,
                // A heartbeat of 2 s, so that a half-open connection is noticed within the run.
                "AMQP_URL": try proxy.url(for: url) + "?heartbeat=2",
                "REMINDERS": Plan.leads.map(\.description).joined(separator: ","),
                "OFFER_WINDOW": conditions.offerWindow.description,
                "OFFER_FACTOR": conditions.offerFactor.map { "\($0)" } ?? "all",
                // The load makes each of few volunteers change their mind many times.
                "CHANGES_PER_HOUR": "0",
                "PARTITIONS": "\(conditions.partitions)", "TIME_ZONE": conditions.zone,
                "OWNED_PARTITIONS": isShared ? "auto" : Self.list(owned),
                "PROCESS_NAME": "\(service.rawValue)-\(index)",
            ]
        ) { $1 }
        process = try ServiceProcess(kinds[service] ?? .application, settings: settings, folder: own)
    }

    private static func list(_ partitions: [Partition]) -> String {
        partitions.isEmpty ? "none" : partitions.map { "\($0.number)" }.joined(separator: ",")
    }

    // MARK: - The process

    func start(crashingAt point: String? = nil) async throws {
        times.withLock { $0.started = .now }
        try await launch(point.map { ["CRASH_POINT": $0] } ?? [:])
        isHandled.withLock { $0 = false }
    }

    private func launch(_ settings: [String: String] = [:]) async throws {
        let logged = process.log.count
        let arguments = times.withLock { times in
            times.logged = logged
            return times.arguments
        }
        try await process.start(settings, arguments: arguments)
    }

    func kill() async {
        isHandled.withLock { $0 = true }
        await process.kill()
    }

    /// SIGTERM, after which it must end in good order (contract section 9).
    func end() async {
        isHandled.withLock { $0 = true }
        do {
            // The contract's 10 s, and a margin for a busy machine.
            let code = try await process.stop(within: .seconds(20))
            if code != 0, !isAllowed(code), !hasJustStarted(code) {
                runLog.report(Violation(.died, "\(name) exited with \(code) after SIGTERM"))
            }
        } catch {
            runLog.report(Violation(.died, "\(name) did not exit within 20 s of SIGTERM"))
            await process.kill()
        }
    }

    /// Starts the process so that it crashes at a point. Returns whether it reached the point in time.
    func crash(at point: String, within limit: Duration) async throws -> Bool {
        await kill()
        times.withLock { $0.started = .now }
        try await launch(["CRASH_POINT": point])
        guard let code = try? await process.waitForExit(within: limit) else {
            await process.kill()
            return false
        }
        if code != 128 + SIGKILL, !isAllowed(code) {
            runLog.report(Violation(.died, "\(name) exited with \(code) instead of crashing at \(point)"))
        }
        return true
    }

    // MARK: - Its files

    /// The file of a partition. If partitions are moved, not every process has one.
    func file(of address: Address) -> URL {
        folder.appending(path: "\(address.service.rawValue)-\(address.partition.name).sqlite")
    }

    /// The files that it serves, or would serve if it ran.
    var files: [(address: Address, file: URL)] {
        guard conditions.moving > 1 else { return partitions.map { ($0, file(of: $0)) } }
        let all = (0..<conditions.partitions).map { Address(service: service, partition: Partition(number: $0)) }
        return all.map { ($0, file(of: $0)) }.filter { FileManager.default.fileExists(atPath: $0.1.path) }
    }

    /// Copies of partitions that are on their way to it.
    var arriving: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.contains(".arriving") }.sorted()
    }

    /// Takes what was not synced from the files of the process, which is killed.
    func failPower() throws -> Int { try unsyncedWrites.undo() }

    private var fileNames: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.contains(".sqlite") && !$0.hasSuffix(".lock") }
    }

    /// Copies the files of the process, which is down.
    func copyFiles() throws {
        let (moment, reported) = (runLog.moment, runLog.moment(before: Self.reportTime))
        let number = times.withLock { $0.copies.count }
        let copy = folder.deletingLastPathComponent().appending(path: "\(service.rawValue)-\(index)-copy-\(number)")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        for name in fileNames {
            try FileManager.default.copyItem(at: folder.appending(path: name), to: copy.appending(path: name))
        }
        times.withLock { $0.copies.append((copy, moment, reported)) }
    }

    /// Puts back the first or the last copy, and starts the process, which is down.
    func restore(first: Bool) async throws -> Loss? {
        // What was reported to ApplicationService is in its own file.
        let lately = runLog.moment(before: Self.reportTime)
        guard let (copy, moment, reported) = times.withLock({ first ? $0.copies.first : $0.copies.last }) else {
            return nil
        }
        try deleteFiles()
        for name in try FileManager.default.contentsOfDirectory(atPath: copy.path) {
            try FileManager.default.copyItem(at: copy.appending(path: name), to: folder.appending(path: name))
        }
        try await start()
        return Loss(
            .restored, of: partitions, copied: moment, unreported: service == .application ? reported : lately,
            ended: runLog.moment)
    }

    /// Deletes the files, and starts the process, which is down.
    func begin() async throws -> Loss {
        let beginning = Loss.Moment(time: .zero, messages: 0)
        let unreported = service == .application ? beginning : runLog.moment(before: Self.reportTime)
        try deleteFiles()
        times.withLock { $0.arguments = ["serve", "--accept-empty"] }
        try await start()
        return Loss(.emptied, of: partitions, copied: beginning, unreported: unreported, ended: runLog.moment)
    }

    private func deleteFiles() throws {
        for name in fileNames { try FileManager.default.removeItem(at: folder.appending(path: name)) }
    }

    /// Restarts the process when it ends by itself, until the task is cancelled.
    func supervise() async throws {
        while true {
            try await pauseUntil(.now + .milliseconds(100))
            guard let code = process.exitCode, !isHandled.withLock({ $0 }) else { continue }
            if !isAllowed(code) {
                let log = process.logTail
                runLog.report(Violation(.died, "\(name) exited by itself with \(code):\n\(log)"))
            } else {
                runLog.note("\(name) could not start (exit code \(code)) and is restarted")
            }
            try await pauseUntil(.now + .milliseconds(500))
            guard !isHandled.withLock({ $0 }) else { continue }
            times.withLock { $0.started = .now }
            try? await launch()
        }
    }

    /// Whether the exit code is allowed: the broker still keeps the partition's ownership for a connection that it
    /// considers alive, or the process started, or took over a partition, during a disk fault.
    private func isAllowed(_ code: Int32) -> Bool {
        if code == Self.ownedElsewhere { return true }
        let isBroken = [fullDisk, failingSync].contains { FileManager.default.fileExists(atPath: $0.path) }
        let changed = try? FileManager.default.attributesOfItem(atPath: diskChange.path)[.modificationDate] as? Date
        let hasJustChanged = changed.map { $0.timeIntervalSinceNow > -5 } ?? false
        // It opens its files only when the broker has made it their owner, which may take long.
        let logged = times.withLock { $0.logged }
        let hasServed = process.log.dropFirst(logged).contains(Self.servingMessage)
        return code == Self.fileUnusable && (conditions.partitionsChangeOwners || !hasServed)
            && (isBroken || hasJustChanged)
    }

    /// Whether the process got SIGTERM before it handled signals: then the signal itself ends it.
    private func hasJustStarted(_ code: Int32) -> Bool {
        code == 128 + SIGTERM && .now - times.withLock { $0.started } < .seconds(3)
    }

    // MARK: - Its environment

    /// While it is held, nothing of the process reaches the broker, whatever other faults do to its connection.
    private let isHeld = Mutex(false)

    func hold() {
        isHeld.withLock { $0 = true }
        proxy.blockUpstream()
    }

    /// Resets the connection and lets it through again.
    func release() {
        isHeld.withLock { $0 = false }
        proxy.cut()
        proxy.resume()
    }

    /// The end of a fault of the connection.
    func resumeLink() {
        if !isHeld.withLock({ $0 }) { proxy.resume() }
    }

    func setDisk(full: Bool) { set(fullDisk, full) }
    func setSync(failing: Bool) { set(failingSync, failing) }

    private func set(_ marker: URL, _ isSet: Bool) {
        _ = FileManager.default.createFile(atPath: diskChange.path, contents: nil)
        if isSet {
            _ = FileManager.default.createFile(atPath: marker.path, contents: nil)
        } else {
            try? FileManager.default.removeItem(at: marker)
        }
    }

    /// Sets the clock to the true time plus `seconds`.
    func setClock(off seconds: Int) throws { try clock.set(to: .now().advanced(by: .seconds(seconds))) }

    /// Ends all faults, and starts the process if it is down.
    func heal() async throws {
        proxy.resume()
        proxy.slowDown(.zero)
        setDisk(full: false)
        setSync(failing: false)
        try setClock(off: 0)
        process.signal(SIGCONT)
        if !process.isRunning {
            isHandled.withLock { $0 = true }
            try await start()
        }
    }

    func close() async {
        isHandled.withLock { $0 = true }
        await process.kill()
        proxy.close()
    }

    /// Records the resources that the process uses now.
    func sample() {
        guard let pid = process.pid, process.isRunning else { return }
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        func field(_ key: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
            return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
        }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let disk = files.filter { $0.contains(".sqlite") }.reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder.appending(path: file).path)
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? 0
        runLog.recordSample(
            name, pid, memory: field("VmRSS") << 10, descriptors: descriptors, threads: field("Threads"), disk: disk)
    }
}

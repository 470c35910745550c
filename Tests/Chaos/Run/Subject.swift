import ChaosHistory
import Contracts
import Foundation
import Synchronization
import TestSupport

/// A service's process with its link, its disk and its clock, all of which can be made to fail; and its supervisor,
/// which starts it again when it has ended by itself.
final class Subject: Sendable {
    let service: ServiceName
    /// Which of the service's processes it is, from 0.
    let index: Int
    /// How it is called: by its service, and a number if it is not the first.
    let name: String
    /// What it owns.
    let partitions: [Address]
    let process: ServiceProcess
    let proxy: BrokerProxy
    private let folder: URL
    private let clock: FakeClock
    private let chronicle: Chronicle
    /// Whether somebody means it to be down, or handles its end.
    private let isHandled = Mutex(true)
    private let moments = Mutex(Moments())

    private struct Moments {
        var started = ContinuousClock.now
        /// When its disk was last broken or healed.
        var diskChanged = ContinuousClock.now - .seconds(3600)
    }

    /// The exit code of a service whose partition somebody else holds.
    private static let taken: Int32 = 69
    /// That of one whose file cannot be used, which who starts on a broken disk may say; who serves pauses instead.
    private static let unusable: Int32 = 74

    private var fullDisk: URL { folder.appending(path: "disk-is-full") }
    private var failingSync: URL { folder.appending(path: "sync-fails") }

    init(
        _ service: ServiceName, process index: Int, conditions: Conditions, url: String, folder parent: URL,
        chronicle: Chronicle
    ) async throws {
        self.service = service
        self.index = index
        name = service.rawValue + (index == 0 ? "" : " (\(index + 1))")
        let owned = conditions.owned(by: index, of: service)
        partitions = owned.map { Address(service: service, partition: $0) }
        let folder = parent.appending(path: "\(service.rawValue)-\(index)")
        self.folder = folder
        self.chronicle = chronicle
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        proxy = try BrokerProxy(to: url)
        clock = try await FakeClock(in: folder, showing: .now())
        let disk = try await FaultLibrary.compile("full_disk", into: folder)
        let kinds: [ServiceName: ServiceProcess.Kind] = [
            .application: .application, .waitlist: .waitlist, .notifier: .notifier,
        ]
        var settings = clock.settings
        settings["LD_PRELOAD", default: ""] += ":\(disk.path)"
        settings.merge(
            [
                "FAULT_MARKER": folder.appending(path: "disk-is-full").path,
                "FAULT_SYNC_MARKER": folder.appending(path: "sync-fails").path,
                "FAULT_DIR": folder.path, "FAULT_ERRNO": "\(ENOSPC)", "DATA_DIR": folder.path,
                // A heartbeat of two seconds: a half-open link is noticed within the run.
                "AMQP_URL": try proxy.url(for: url) + "?heartbeat=2",
                "REMINDERS": Plan.leads.map(\.description).joined(separator: ","),
                "OFFER_WINDOW": conditions.offerWindow.description,
                "OFFER_FACTOR": conditions.offerFactor.map { "\($0)" } ?? "all",
                "PARTITIONS": "\(conditions.partitions)",
                "OWNED_PARTITIONS": owned.map { "\($0.number)" }.joined(separator: ","),
            ]
        ) { $1 }
        process = try ServiceProcess(kinds[service] ?? .application, settings: settings, folder: folder)
    }

    // MARK: - The process

    func start(crashingAt point: String? = nil) async throws {
        moments.withLock { $0.started = .now }
        try await process.start(point.map { ["CRASH_POINT": $0] } ?? [:])
        isHandled.withLock { $0 = false }
    }

    func kill() async {
        isHandled.withLock { $0 = true }
        await process.kill()
    }

    /// SIGTERM, after which it must end in good order (contract section 9).
    func end() async {
        isHandled.withLock { $0 = true }
        do {
            // The contract's 10 s, and some for a machine that is busy with everything else.
            let code = try await process.stop(within: .seconds(20))
            if code != 0, !isExcused(code), !hasJustStarted(code) {
                chronicle.object(Objection(.died, "\(name) ends with \(code) after SIGTERM"))
            }
        } catch {
            chronicle.object(Objection(.died, "\(name) does not end within 20 s of SIGTERM"))
            await process.kill()
        }
    }

    /// Starts it so that it dies at a point; true if it has got there in time.
    func crash(at point: String, within limit: Duration) async throws -> Bool {
        await kill()
        moments.withLock { $0.started = .now }
        try await process.start(["CRASH_POINT": point])
        guard let code = try? await process.waitForExit(within: limit) else {
            await process.kill()
            return false
        }
        if code != 128 + SIGKILL, !isExcused(code) {
            chronicle.object(Objection(.died, "\(name) was to die at \(point) and ends with \(code)"))
        }
        return true
    }

    /// Looks after it until it is cancelled.
    func supervise() async throws {
        while true {
            try await pauseUntil(.now + .milliseconds(100))
            guard let code = process.exitCode, !isHandled.withLock({ $0 }) else { continue }
            if !isExcused(code) {
                let log = process.logTail
                chronicle.object(Objection(.died, "\(name) has ended by itself with \(code):\n\(log)"))
            } else {
                chronicle.note("\(name) could not start (exit code \(code)), and is started again")
            }
            try await pauseUntil(.now + .milliseconds(500))
            guard !isHandled.withLock({ $0 }) else { continue }
            moments.withLock { $0.started = .now }
            try? await process.start()
        }
    }

    /// Whether it is tried again, as a supervisor does: while the broker still holds the partition for a link that it
    /// believes in, and while the disk is broken at its start.
    private func isExcused(_ code: Int32) -> Bool {
        if code == Self.taken { return true }
        let isBroken = [fullDisk, failingSync].contains { FileManager.default.fileExists(atPath: $0.path) }
        let now = ContinuousClock.now
        let moments = moments.withLock { $0 }
        return code == Self.unusable && now - moments.started < .seconds(5)
            && (isBroken || now - moments.diskChanged < .seconds(5))
    }

    /// Whether it was told to end before it could listen: then the signal itself ends it, as anything that starts.
    private func hasJustStarted(_ code: Int32) -> Bool {
        code == 128 + SIGTERM && .now - moments.withLock { $0.started } < .seconds(3)
    }

    // MARK: - Its surroundings

    func setDisk(full: Bool) { set(fullDisk, full) }
    func setSync(failing: Bool) { set(failingSync, failing) }

    private func set(_ marker: URL, _ isSet: Bool) {
        moments.withLock { $0.diskChanged = .now }
        if isSet {
            _ = FileManager.default.createFile(atPath: marker.path, contents: nil)
        } else {
            try? FileManager.default.removeItem(at: marker)
        }
    }

    /// Seconds before or behind the true time.
    func setClock(off seconds: Int) throws { try clock.set(to: .now().advanced(by: .seconds(seconds))) }

    /// All is as it should be.
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

    /// What the process takes now.
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
        chronicle.sampled(
            name, pid, memory: field("VmRSS") << 10, descriptors: descriptors, threads: field("Threads"), disk: disk)
    }
}

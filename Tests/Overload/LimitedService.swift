import Foundation
import Synchronization
import TestSupport

/// A service's process in a memory cgroup: what it uses, and whether it is still the same process.
final class LimitedService: Sendable {
    /// After a flood, what it holds must be less (contract section 7: nothing that a flood used is kept).
    static let restLimit = 150_000_000

    let process: ServiceProcess
    private let group: MemoryGroup
    private let peak = Mutex(MemoryGroup.Usage())
    private let pid = Mutex<pid_t?>(nil)

    init(_ process: ServiceProcess, groups: URL) {
        self.process = process
        group = MemoryGroup(folder: groups.appending(path: process.kind.rawValue))
    }

    var name: String { process.kind.rawValue }

    func start() async throws {
        try await process.start()
        try await process.waitUntilReady()
        pid.withLock { $0 = process.pid }
    }

    /// The resident memory in bytes, with the pages of the executable.
    private var resident: Int {
        let path = "/proc/\(process.pid ?? 0)/status"
        let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return (status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.1) } ?? 0) << 10
    }

    func sample() {
        let usage = group.usage
        peak.withLock { $0 = $0.maximum(usage) }
    }

    /// - Throws: an ``OverloadFailure`` if the process has ended, or holds too much for longer than a minute.
    func checkAlive() async throws {
        guard process.isRunning, process.pid == pid.withLock(\.self) else {
            let code = process.exitCode.map { "\($0)" } ?? "unknown"
            throw OverloadFailure("\(name) ended with exit code \(code):\n\(process.logTail)")
        }
        try await eventually(within: .seconds(60), "\(name) is ready") { await process.isReady }
    }

    /// Prints the peak since the last report, and waits until the memory is given back.
    func report() async throws {
        try await checkAlive()
        do {
            try await eventually(within: .seconds(60), "memory", poll: .milliseconds(200)) {
                max(resident, group.usage.held) < Self.restLimit
            }
        } catch is ConditionNotMet {
            throw OverloadFailure(
                "\(name) still holds \(Self.megabytes(group.usage.held)), of which \(Self.megabytes(resident)) resident"
            )
        }
        let peak = peak.withLock { peak in
            defer { peak = MemoryGroup.Usage() }
            return peak
        }
        printLine(
            "  \(name): peak \(Self.megabytes(peak.held)), with page cache \(Self.megabytes(peak.total)); now "
                + "\(Self.megabytes(group.usage.held)), resident \(Self.megabytes(resident))")
    }

    private static func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000) MB" }
}

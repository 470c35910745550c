import Contracts
import Foundation
import Ledger
import Synchronization

/// The processes of one service that share a data folder. Each has a record there, and holds a lock as long as it runs:
/// the kernel releases the lock when the process ends, however it ends.
final class ProcessFolder: Sendable {
    /// Another process that runs, or is paused.
    struct Other: Sendable {
        let record: ProcessRecord
        /// Whether its record has stood still for ``ProcessFolder/pauseLimit``.
        let isPaused: Bool
    }

    /// The name of this process.
    let name: String
    private let folder: String
    private let lock: FileLock
    /// By process: the last beat, and when it was first seen here. The clocks of two machines are never compared.
    private let beats = Mutex<[String: (beat: Int, since: ContinuousClock.Instant)]>([:])

    /// The socket through which subcommands reach this process.
    var socketPath: String { Self.socketPath(name, in: folder) }

    /// A running process writes its record every second.
    static let pauseLimit: Duration = .seconds(10)
    /// The number of processes on one host that get a name of their own without `PROCESS_NAME`.
    private static let maxPerHost = 1_000

    static func path(of service: ServiceName, in dataDirectory: String) -> String {
        "\(dataDirectory)/\(service.rawValue)-processes"
    }

    /// Joins the others.
    /// - Parameter name: `PROCESS_NAME`; nil for the host's name, with a number from the second process on.
    /// - Throws: `LedgerError.locked` if another process has the name.
    init(of service: ServiceName, in dataDirectory: String, name: String?) throws(LedgerError) {
        let folder = Self.path(of: service, in: dataDirectory)
        self.folder = folder
        (lock, self.name) = try Self.join(folder, as: name)
        Self.removeRecordsOfDead(in: folder)
    }

    /// The last process that leaves removes the folder, perhaps at the same moment.
    private static func join(_ folder: String, as name: String?) throws(LedgerError) -> (FileLock, String) {
        while true {
            try LedgerFile.createFolder(folder)
            do throws(LedgerError) {
                guard let name else { return try lockOwnName(in: folder) }
                if let lock = try lock(name, in: folder, timeout: .seconds(1)) { return (lock, name) }
                throw LedgerError(.locked, "another process in \(folder) has the PROCESS_NAME \(name)")
            } catch {
                guard error.code == .storage, !FileManager.default.fileExists(atPath: folder) else { throw error }
            }
        }
    }

    private static func lockOwnName(in folder: String) throws(LedgerError) -> (FileLock, String) {
        let host = ProcessName(host: HostName.current ?? "host").text
        for number in 1...maxPerHost {
            let name = number == 1 ? host : "\(host)-\(number)"
            if let lock = try lock(name, in: folder, timeout: .zero) { return (lock, name) }
        }
        throw LedgerError(.locked, "\(folder) has \(maxPerHost) processes of this host")
    }

    /// Nil if another process holds the lock.
    private static func lock(
        _ name: String, in folder: String, timeout: Duration
    ) throws(LedgerError) -> FileLock? {
        do {
            return try FileLock(path: lockPath(name, in: folder), timeout: timeout)
        } catch {
            guard error.code == .locked else { throw error }
            return nil
        }
    }

    /// Tells the others. A record that cannot be written, on a full disk for example, is written at the next beat.
    func write(_ record: ProcessRecord) {
        guard let data = try? JSONEncoder().encode(record) else { return }
        try? data.write(to: URL(fileURLWithPath: Self.recordPath(name, in: folder)), options: .atomic)
    }

    func others(at now: ContinuousClock.Instant = .now) -> [Other] {
        let records = Self.records(in: folder).filter { $0.process != name }
        return beats.withLock { beats in
            beats = beats.filter { known in records.contains { $0.process == known.key } }
            return records.map { record in
                var seen = beats[record.process] ?? (record.beat, now)
                if seen.beat != record.beat { seen = (record.beat, now) }
                beats[record.process] = seen
                return Other(record: record, isPaused: now - seen.since >= Self.pauseLimit)
            }
        }
    }

    /// The last one removes the folder: after a stop only the partitions' files remain.
    func leave() {
        unlink(Self.recordPath(name, in: folder))
        Self.removeRecordsOfDead(in: folder)
        lock.release()
        rmdir(folder)
    }

    /// Those of the processes that have not ended, by name.
    static func records(in folder: String) -> [ProcessRecord] {
        names(in: folder).compactMap { name in
            guard FileLock.isHeld(lockPath(name, in: folder)),
                let data = FileManager.default.contents(atPath: recordPath(name, in: folder))
            else { return nil }
            return try? JSONDecoder().decode(ProcessRecord.self, from: data)
        }
    }

    /// Under its lock, so that a new process of the same name keeps its record.
    private static func removeRecordsOfDead(in folder: String) {
        for name in names(in: folder) {
            guard let lock = try? FileLock(path: lockPath(name, in: folder)) else { continue }
            unlink(recordPath(name, in: folder))
            unlink(socketPath(name, in: folder))
            lock.release()
        }
    }

    private static func names(in folder: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(recordSuffix) }.map { String($0.dropLast(recordSuffix.count)) }.sorted()
    }

    static func socketPath(_ name: String, in folder: String) -> String { "\(folder)/\(name).sock" }
    private static let recordSuffix = ".json"
    private static func recordPath(_ name: String, in folder: String) -> String { "\(folder)/\(name)\(recordSuffix)" }
    private static func lockPath(_ name: String, in folder: String) -> String { "\(folder)/\(name).lock" }
}

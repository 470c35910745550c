package import Foundation
import FoundationNetworking
import Synchronization

/// One of the executables as a process: started, asked, frozen, ended. It may be started again after its end, on the
/// same data and port.
package final class ServiceProcess: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case application = "ApplicationService"
        case waitlist = "WaitlistService"
        case notifier = "NotifierService"
    }

    /// What a subcommand answered.
    package struct Answer: Sendable {
        package let lines: [String]
        package let stderr: String
        package let exitCode: Int32
    }

    package let kind: Kind
    package let httpPort: Int
    private let executable: URL
    private let settings: [String: String]
    private let logFile: URL
    private let state = Mutex(State())

    private struct State {
        var process: Process?
        var pid: pid_t?
        var exitCode: Int32?
        /// Whether it was sent a SIGTERM by us and not yet started again.
        var wasEndedByUs = false
    }

    private static let lastPort = Atomic<Int>(0)

    package init(_ kind: Kind, settings: [String: String], folder: URL) throws {
        self.kind = kind
        httpPort = try Self.freePort()
        executable = try Self.directory().appending(path: kind.rawValue)
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw Failure(description: "there is no \(executable.path): build it, or set SERVICES_DIR")
        }
        self.settings = ["HTTP_PORT": "\(httpPort)"].merging(settings) { $1 }
        logFile = folder.appending(path: "\(kind.rawValue).log")
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    // MARK: - Starting and ending

    /// - Parameter settings: of this run alone, over the stage's.
    package func start(_ settings: [String: String] = [:], arguments: [String] = []) async throws {
        guard !isRunning else { throw Failure(description: "\(kind) runs already") }
        if !FileManager.default.fileExists(atPath: logFile.path) {
            _ = FileManager.default.createFile(atPath: logFile.path, contents: nil)
        }
        let log = try FileHandle(forWritingTo: logFile)
        defer { try? log.close() }
        try log.seekToEnd()
        let process = process(arguments, settings)
        process.standardOutput = log
        process.standardError = log
        process.terminationHandler = { [weak self] process in
            let code = Self.exitCode(of: process)
            self?.state.withLock { $0.exitCode = code }
        }
        state.withLock { $0 = State() }
        try process.run()
        state.withLock { state in
            state.process = process
            state.pid = process.processIdentifier
        }
    }

    /// So long may a service take to end after SIGTERM (contract section 9): a promise, and no test's patience.
    package static let timeToEnd: Duration = .seconds(10)

    /// SIGTERM, and the exit code it ends with; the standard limit leaves some time for a busy machine.
    @discardableResult
    package func stop(within limit: Duration = timeToEnd + .seconds(5)) async throws -> Int32 {
        signal(SIGTERM)
        return try await waitForExit(within: limit)
    }

    /// SIGKILL, as a crash; returns when it is gone.
    package func kill() async {
        guard isRunning else { return }
        signal(SIGKILL)
        _ = try? await waitForExit()
    }

    /// SIGSTOP freezes it, SIGCONT thaws it.
    package func signal(_ signal: Int32) {
        let pid = state.withLock { state -> pid_t? in
            guard state.exitCode == nil else { return nil }
            if signal == SIGTERM { state.wasEndedByUs = true }
            return state.pid
        }
        if let pid { Foundation.kill(pid, signal) }
    }

    @discardableResult
    package func waitForExit(within limit: Duration = patience) async throws -> Int32 {
        try await eventually(within: limit, "\(kind) ends:\n\(logTail)") { exitCode != nil }
        return exitCode ?? 0
    }

    package var isRunning: Bool { state.withLock { $0.pid != nil && $0.exitCode == nil } }
    package var pid: pid_t? { state.withLock { $0.pid } }
    /// Nil while it runs, or was never started; 128 and the signal's number after a signal, as shells have it.
    package var exitCode: Int32? { state.withLock { $0.exitCode } }
    package var wasEndedByUs: Bool { state.withLock { $0.wasEndedByUs } }

    // MARK: - Asking

    /// Until `/readyz` says 200; throws at once when the process ends.
    package func waitUntilReady() async throws {
        try await eventually("\(kind) is ready:\n\(logTail)", poll: .milliseconds(30)) {
            if let exitCode { throw Failure(description: "\(kind) ended with \(exitCode):\n\(logTail)") }
            return await isReady
        }
    }

    package var isReady: Bool {
        get async { (try? await get("readyz"))?.status == 200 }
    }

    /// What it has written to standard error so far, over all its runs.
    package var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }

    package var logTail: String { log.split(separator: "\n").suffix(20).joined(separator: "\n") }

    /// Runs a subcommand with the settings of the service, whether it serves or not.
    package func run(_ words: String..., settings: [String: String] = [:]) async throws -> Answer {
        try await run(words, settings: settings)
    }

    package func run(_ words: [String], settings: [String: String] = [:]) async throws -> Answer {
        let output = logFile.deletingLastPathComponent().appending(path: "out-\(UUID().uuidString)")
        let complaints = output.appendingPathExtension("err")
        for file in [output, complaints] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        defer { for file in [output, complaints] { try? FileManager.default.removeItem(at: file) } }
        let process = process(words, settings)
        let (out, err) = (try FileHandle(forWritingTo: output), try FileHandle(forWritingTo: complaints))
        // Not left to the process, which Foundation keeps: with more than a thousand descriptors open, its `run` reads
        // beyond the end of the list of them.
        defer { for handle in [out, err] { try? handle.close() } }
        process.standardOutput = out
        process.standardError = err
        let code: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: Self.exitCode(of: $0)) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        let lines = try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map(String.init)
        return Answer(lines: lines, stderr: try String(contentsOf: complaints, encoding: .utf8), exitCode: code)
    }

    package func metrics() async throws -> Figures { Figures(text: try await get("metrics").body) }

    /// A GET of its HTTP door.
    package func get(_ path: String) async throws -> (status: Int, body: String) {
        guard let url = URL(string: "http://127.0.0.1:\(httpPort)/\(path)") else {
            throw Failure(description: "\(path) is no path")
        }
        let request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 5)
        let (body, response) = try await URLSession.shared.data(for: request)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: body, as: UTF8.self))
    }

    // MARK: - Processes

    private func process(_ arguments: [String], _ more: [String: String]) -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }.merging(more) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }

    private static func exitCode(of process: Process) -> Int32 {
        process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// `SERVICES_DIR`, or where the test bundle or the tool lies, beside what the package builds.
    private static func directory() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["SERVICES_DIR"] { return URL(filePath: path) }
        guard let bundle = Bundle.main.executableURL else {
            throw Failure(description: "set SERVICES_DIR: where this executable lies is unknown")
        }
        return bundle.resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// A port that nobody listens on now, outside the range from which the kernel gives outgoing connections theirs.
    private static func freePort() throws -> Int {
        for _ in 0..<5000 {
            let number = lastPort.add(1, ordering: .relaxed).newValue
            let port = 20_000 + (Int(getpid()) * 131 + number) % 12_000
            if isFree(port) { return port }
        }
        throw Failure(description: "no free port")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// A scrape of `/metrics`.
package struct Figures: Sendable {
    package let text: String

    /// The sum of all samples of this name whose labels contain `label`, as `partition="waitlist.p00"`.
    package func sum(_ name: String, where label: String = "") -> Double {
        samples(name, where: label).reduce(0, +)
    }

    package func has(_ name: String) -> Bool { !samples(name, where: "").isEmpty }

    private func samples(_ name: String, where label: String) -> [Double] {
        text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix(name), let space = line.lastIndex(of: " ") else { return nil }
            let series = line[..<space]
            let rest = series.dropFirst(name.count)
            guard rest.isEmpty || rest.first == "{", label.isEmpty || rest.contains(label) else { return nil }
            return Double(line[line.index(after: space)...])
        }
    }
}

import AsyncHTTPClient
package import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// One of the three executables as a child process. After it has ended it can be started again, with the same data and
/// port.
package final class ServiceProcess: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case application = "ApplicationService"
        case waitlist = "WaitlistService"
        case notifier = "NotifierService"
    }

    /// The output of a subcommand.
    package struct Output: Sendable {
        package let lines: [String]
        package let stderr: String
        package let exitCode: Int32
    }

    package let kind: Kind
    package let httpPort: Int
    /// The port of `/healthz`, `/readyz` and `/metrics`; `httpPort` except for ApplicationService.
    package let adminPort: Int
    private let executable: URL
    private let settings: [String: String]
    private let logFile: URL
    private let state = Mutex(State())

    private struct State {
        var process: Process?
        var pid: pid_t?
        var exitCode: Int32?
        /// Whether the test has sent SIGTERM since the last start.
        var wasTerminated = false
    }

    private static let lastPort = Atomic<Int>(0)

    package init(_ kind: Kind, settings: [String: String], folder: URL) throws {
        self.kind = kind
        httpPort = try Self.freePort()
        adminPort = kind == .application ? try Self.freePort() : httpPort
        executable = try Self.directory().appending(path: kind.rawValue)
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw Failure(description: "\(executable.path) does not exist: build it, or set SERVICES_DIR")
        }
        self.settings = ["HTTP_PORT": "\(httpPort)", "ADMIN_PORT": "\(adminPort)"].merging(settings) { $1 }
        logFile = folder.appending(path: "\(kind.rawValue).log")
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    // MARK: - Starting and stopping

    /// - Parameters:
    ///   - settings: for this run only; they override the process's own.
    ///   - descriptorLimit: the soft and hard limit of open file descriptors, instead of the test's own.
    package func start(
        _ settings: [String: String] = [:], arguments: [String] = [], descriptorLimit: Int? = nil
    ) async throws {
        guard !isRunning else { throw Failure(description: "\(kind) is already running") }
        if !FileManager.default.fileExists(atPath: logFile.path) {
            _ = FileManager.default.createFile(atPath: logFile.path, contents: nil)
        }
        let log = try FileHandle(forWritingTo: logFile)
        defer { try? log.close() }
        try log.seekToEnd()
        let process = process(arguments, settings)
        if let descriptorLimit {
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments =
                ["-c", "ulimit -n \(descriptorLimit); exec \"$0\" \"$@\"", executable.path] + arguments
        }
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

    /// How long a service may take to exit after SIGTERM (contract section 9): a promise, not a test timeout.
    package static let shutdownTime: Duration = .seconds(10)

    /// Sends SIGTERM and returns the exit code. The default limit allows some extra time for a busy machine.
    @discardableResult
    package func stop(within limit: Duration = shutdownTime + .seconds(5)) async throws -> Int32 {
        signal(SIGTERM)
        return try await waitForExit(within: limit)
    }

    /// Sends SIGKILL, as in a crash, and waits for the exit.
    package func kill() async {
        guard isRunning else { return }
        signal(SIGKILL)
        _ = try? await waitForExit()
    }

    /// Sends a signal; SIGSTOP suspends the process, which has stopped when this returns, SIGCONT resumes it.
    package func signal(_ signal: Int32) {
        let pid = state.withLock { state -> pid_t? in
            guard state.exitCode == nil else { return nil }
            if signal == SIGTERM { state.wasTerminated = true }
            return state.pid
        }
        guard let pid else { return }
        Foundation.kill(pid, signal)
        if signal == SIGSTOP { Self.waitUntilStopped(pid) }
    }

    /// The kernel stops the threads one after another, and on a busy machine some of them run on for a moment.
    private static func waitUntilStopped(_ pid: pid_t) {
        let deadline = ContinuousClock.now + testTimeout
        while ContinuousClock.now < deadline {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
            let areStopped = threads.allSatisfy { thread in
                // The state follows the name, which is in parentheses (proc(5)).
                let line = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/stat", encoding: .utf8)
                return line?.split(separator: ")").last?.hasPrefix(" T") ?? true
            }
            if areStopped { return }
            usleep(1_000)
        }
    }

    @discardableResult
    package func waitForExit(within limit: Duration = testTimeout) async throws -> Int32 {
        try await eventually(within: limit, "\(kind) exits:\n\(logTail)") { exitCode != nil }
        return exitCode ?? 0
    }

    package var isRunning: Bool { state.withLock { $0.pid != nil && $0.exitCode == nil } }
    package var pid: pid_t? { state.withLock { $0.pid } }
    /// The number of its open file descriptors; 0 if it does not run.
    package var descriptorCount: Int {
        pid.flatMap { try? FileManager.default.contentsOfDirectory(atPath: "/proc/\($0)/fd").count } ?? 0
    }
    /// Nil while it runs or before its first start; 128 plus the signal number after a signal, as in a shell.
    package var exitCode: Int32? { state.withLock { $0.exitCode } }
    package var wasTerminated: Bool { state.withLock { $0.wasTerminated } }

    // MARK: - Requests

    /// Waits until `/readyz` returns 200; throws at once if the process exits.
    package func waitUntilReady() async throws {
        try await eventually("\(kind) is ready:\n\(logTail)", poll: .milliseconds(30)) {
            if let exitCode { throw Failure(description: "\(kind) exited with \(exitCode):\n\(logTail)") }
            return await isReady
        }
    }

    package var isReady: Bool {
        get async { (try? await get("readyz"))?.status == 200 }
    }

    /// Its output so far, over all runs.
    package var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }

    package var logTail: String { log.split(separator: "\n").suffix(20).joined(separator: "\n") }

    /// Runs a subcommand with the settings of the service, whether the service is running or not.
    package func run(_ words: String..., settings: [String: String] = [:]) async throws -> Output {
        try await run(words, settings: settings)
    }

    package func run(_ words: [String], settings: [String: String] = [:]) async throws -> Output {
        let output = logFile.deletingLastPathComponent().appending(path: "out-\(UUID().uuidString)")
        let errors = output.appendingPathExtension("err")
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
        let process = process(words, settings)
        let (out, err) = (try FileHandle(forWritingTo: output), try FileHandle(forWritingTo: errors))
        // Closed here, since Foundation keeps the `Process`: with more than a thousand open descriptors, `run` reads
        // past the end of its list of them.
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
        return Output(lines: lines, stderr: try String(contentsOf: errors, encoding: .utf8), exitCode: code)
    }

    /// Metrics that were collected after this call: a scrape may get those of the second before.
    package func metrics() async throws -> MetricsSnapshot {
        let start = ContinuousClock.now
        var metrics = MetricsSnapshot(text: "")
        try await eventually("fresh metrics", poll: .milliseconds(50)) {
            let askedAt = ContinuousClock.now
            metrics = MetricsSnapshot(text: try await get("metrics").body)
            return metrics.sum("waitlist_metrics_age_seconds") <= (askedAt - start) / .seconds(1)
        }
        return metrics
    }

    /// GET from its listener for operators.
    package func get(_ path: String) async throws -> (status: Int, body: String) {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(adminPort)/\(path)")
        // The process may be killed before the next request.
        request.headers.add(name: "Connection", value: "close")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
        let body = try await response.body.collect(upTo: 64 << 20)
        return (Int(response.status.code), String(buffer: body))
    }

    // MARK: - Processes

    private func process(_ arguments: [String], _ overrides: [String: String]) -> Process {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }.merging(overrides) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }

    private static func exitCode(of process: Process) -> Int32 {
        process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }

    /// `SERVICES_DIR`, or the folder of the test bundle or tool, which is the package's build folder.
    package static func directory() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["SERVICES_DIR"] { return URL(filePath: path) }
        guard let bundle = Bundle.main.executableURL else {
            throw Failure(description: "set SERVICES_DIR: the path of this executable is unknown")
        }
        return bundle.resolvingSymlinksInPath().deletingLastPathComponent()
    }

    /// A free port outside the range that the kernel uses for outgoing connections.
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

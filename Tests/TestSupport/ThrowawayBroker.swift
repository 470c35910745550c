internal import Broker
package import Foundation
internal import Synchronization

/// A RabbitMQ of the tests' own, in a folder of its own, run by `deploy/broker`; it ends when the test process does.
/// Tests share one and keep apart by virtual host; who stops or kills it, or raises its alarm, takes one for himself.
package final class ThrowawayBroker: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// The shared one, started at the first call. With `TEST_BROKER_DIR` set, the one that `deploy/broker start` runs
    /// there.
    package static func shared() async throws -> ThrowawayBroker { try await Shared.instance.broker() }

    package let directory: URL
    /// The virtual host `/` as guest.
    package let url: String
    /// The same over TLS, if asked for.
    package let tlsURL: String?
    package var certificateAuthorityFile: String { directory.appending(path: "ca.pem").path }

    private static let count = Atomic<Int>(0)

    private init(_ directory: URL, _ url: String) {
        self.directory = directory
        self.url = url
        tlsURL = try? String(contentsOf: directory.appending(path: "tls-url"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts one in a new folder.
    package static func start(tls: Bool = false) async throws -> ThrowawayBroker {
        let directory = FileManager.default.temporaryDirectory
            .appending(
                path: "broker-\(ProcessInfo.processInfo.processIdentifier)-\(count.add(1, ordering: .relaxed).newValue)"
            )
        try? FileManager.default.removeItem(at: directory)
        return try await start(in: directory, tls: tls, isEphemeral: true)
    }

    /// Attaches to the one in this folder, started if it is not running.
    package static func start(
        in directory: URL, tls: Bool = false, isEphemeral: Bool = false
    ) async throws -> ThrowawayBroker {
        var environment = ["OWNER_PID": "\(ProcessInfo.processInfo.processIdentifier)"]
        if tls { environment["TLS"] = "1" }
        if isEphemeral { environment["EPHEMERAL"] = "1" }
        let url = try await script("start", directory, environment: environment)
        return ThrowawayBroker(directory, url)
    }

    /// In good order; data and port stay for `restart`.
    package func stop() async throws { try await run("stop") }

    /// SIGKILL, as a crash of the machine's process; data and port stay.
    package func kill9() async throws { try await run("kill") }

    /// After `stop` or `kill9`, on the same data and port.
    package func restart() async throws {
        try await Self.script(
            "start", directory, environment: ["OWNER_PID": "\(ProcessInfo.processInfo.processIdentifier)"])
    }

    /// Stops it and removes its folder.
    package func remove() async throws {
        try await stop()
        try FileManager.default.removeItem(at: directory)
    }

    /// A new virtual host in which every user so far has every right; its AMQP URL, as guest.
    package func virtualHost(_ name: String? = nil) async throws -> String {
        let name =
            name
            ?? "test-\(ProcessInfo.processInfo.processIdentifier)-\(Self.count.add(1, ordering: .relaxed).newValue)"
        return try await run("vhost", name)
    }

    /// A user with these rights (regular expressions) in one virtual host.
    package func addUser(
        _ name: String, password: String, virtualHost: String = "/", configure: String = ".*", write: String = ".*",
        read: String = ".*"
    ) async throws {
        try await run("user", name, password, virtualHost, configure, write, read)
    }

    package enum Alarm: String, Sendable {
        case memory
        case disk
    }

    /// While an alarm is on, nobody's publishes are taken.
    package func setAlarm(_ isOn: Bool, of alarm: Alarm = .memory) async throws {
        try await run("alarm", isOn ? "on" : "off", alarm.rawValue)
    }

    /// Evaluates Erlang in the broker, ended by a dot; what it answers.
    @discardableResult
    package func evaluate(_ code: String) async throws -> String { try await run("eval", code) }

    @discardableResult
    package func rabbitmqctl(_ arguments: String...) async throws -> String {
        try await Self.script("ctl", directory, arguments)
    }

    @discardableResult
    private func run(_ command: String, _ arguments: String...) async throws -> String {
        try await Self.script(command, directory, arguments)
    }

    @discardableResult
    private static func script(
        _ command: String, _ directory: URL, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> String {
        let process = Process()
        process.executableURL = try scriptFile()
        process.arguments = [command, directory.path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files, not pipes: the broker that the script leaves behind would hold a pipe open.
        let output = FileManager.default.temporaryDirectory.appending(path: "broker-output-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        try handle.close()
        let text = try String(contentsOf: output, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard status == 0 else { throw Failure(description: "deploy/broker \(command): \(text)") }
        return text
    }

    /// `deploy/broker` of the package these tests belong to, or what `TEST_BROKER_SCRIPT` names.
    private static func scriptFile() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["TEST_BROKER_SCRIPT"] { return URL(filePath: path) }
        let starts = [URL(filePath: #filePath), URL(filePath: FileManager.default.currentDirectoryPath)]
        for start in starts {
            var folder = start
            while folder.path != "/" {
                let candidate = folder.appending(path: "deploy/broker")
                if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
                folder.deleteLastPathComponent()
            }
        }
        throw Failure(description: "deploy/broker is not found above \(#filePath)")
    }

    /// Starts the shared one once, also when several tests ask at the same time.
    private actor Shared {
        static let instance = Shared()
        private var task: Task<ThrowawayBroker, any Error>?

        func broker() async throws -> ThrowawayBroker {
            if let task { return try await task.value }
            // Not a child of the test that happens to come first: its cancellation is not the others'.
            let task = Task {
                if let path = ProcessInfo.processInfo.environment["TEST_BROKER_DIR"] {
                    return try await ThrowawayBroker.start(in: URL(filePath: path))
                }
                return try await ThrowawayBroker.start()
            }
            self.task = task
            return try await task.value
        }
    }
}

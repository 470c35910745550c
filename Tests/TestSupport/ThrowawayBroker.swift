internal import Broker
package import Foundation
internal import Synchronization

/// A RabbitMQ server for tests, in its own folder, run by `deploy/broker`. It ends with the test process. Tests share
/// one server and use a virtual host each; a test that stops or kills it, or raises its alarm, starts its own.
package final class ThrowawayBroker: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    /// The shared server, started by the first call. If `TEST_BROKER_DIR` is set, it is the one that `deploy/broker
    /// start` runs there.
    package static func shared() async throws -> ThrowawayBroker { try await Shared.instance.broker() }

    package let directory: URL
    /// The virtual host `/`, with the user guest.
    package let url: String
    /// The same over TLS, if it was started with TLS.
    package let tlsURL: String?
    package var certificateAuthorityFile: String { directory.appending(path: "ca.pem").path }

    private static let count = Atomic<Int>(0)

    private init(_ directory: URL, _ url: String) {
        self.directory = directory
        self.url = url
        tlsURL = try? String(contentsOf: directory.appending(path: "tls-url"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts a server in a new folder.
    package static func start(tls: Bool = false) async throws -> ThrowawayBroker {
        let directory = FileManager.default.temporaryDirectory
            .appending(
                path: "broker-\(ProcessInfo.processInfo.processIdentifier)-\(count.add(1, ordering: .relaxed).newValue)"
            )
        try? FileManager.default.removeItem(at: directory)
        return try await start(in: directory, tls: tls, isEphemeral: true)
    }

    /// Attaches to the server in this folder, after starting it if it is not running.
    package static func start(
        in directory: URL, tls: Bool = false, isEphemeral: Bool = false
    ) async throws -> ThrowawayBroker {
        var environment = ["OWNER_PID": "\(ProcessInfo.processInfo.processIdentifier)"]
        if tls { environment["TLS"] = "1" }
        if isEphemeral { environment["EPHEMERAL"] = "1" }
        let url = try await script("start", directory, environment: environment)
        return ThrowawayBroker(directory, url)
    }

    /// Shuts it down cleanly. Data and port are kept for `restart`.
    package func stop() async throws { try await run("stop") }

    /// Sends SIGKILL, as in a crash. Data and port are kept for `restart`.
    package func kill() async throws { try await run("kill") }

    /// Starts it after `stop` or `kill`, with the same data and port.
    package func restart() async throws {
        try await Self.script(
            "start", directory, environment: ["OWNER_PID": "\(ProcessInfo.processInfo.processIdentifier)"])
    }

    /// Kills it, deletes everything it had, and starts an empty one at the same port, as if it were another broker.
    /// - Parameters:
    ///   - virtualHosts: what to create besides `/`, each with all permissions.
    ///   - programs: the folder of another version's `rabbitmq-server`; nil for the same version.
    package func replace(virtualHosts: [String], programs: String? = nil) async throws {
        try await kill()
        for name in ["mnesia", "policies"] {
            let path = directory.appending(path: name).path
            if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        }
        var environment = ["OWNER_PID": "\(ProcessInfo.processInfo.processIdentifier)"]
        environment["RABBITMQ_BIN"] = programs
        try await Self.script("start", directory, environment: environment)
        for name in virtualHosts { _ = try await virtualHost(name) }
    }

    /// Stops it and deletes its folder.
    package func remove() async throws {
        try await stop()
        try FileManager.default.removeItem(at: directory)
    }

    /// Creates a virtual host in which all existing users have all permissions.
    /// - Returns: its AMQP URL, with the user guest.
    package func virtualHost(_ name: String? = nil) async throws -> String {
        let name =
            name
            ?? "test-\(ProcessInfo.processInfo.processIdentifier)-\(Self.count.add(1, ordering: .relaxed).newValue)"
        return try await run("vhost", name)
    }

    /// Adds a user with these permissions (regular expressions) in one virtual host.
    package func addUser(
        _ name: String, password: String, virtualHost: String = "/", configure: String = ".*", write: String = ".*",
        read: String = ".*"
    ) async throws {
        try await run("user", name, password, virtualHost, configure, write, read)
    }

    /// Makes the users of `deploy/rabbitmq/users` with the permissions that we ship, in a virtual host instead of `/`.
    /// - Returns: the password of each user.
    package func importUsers(virtualHost: String) async throws -> [String: String] {
        let folder = directory.appending(path: "users")
        try await Self.run("rabbitmq/users", [folder.path])
        let shipped = try Self.scriptFile().deletingLastPathComponent().appending(path: "rabbitmq/permissions.json")
        let permissions = folder.appending(path: "permissions.json")
        try String(contentsOf: shipped, encoding: .utf8).replacing("\"/\"", with: "\"\(virtualHost)\"")
            .write(to: permissions, atomically: true, encoding: .utf8)
        for file in [folder.appending(path: "users.json"), permissions] {
            try await rabbitmqctl("import_definitions", file.path)
        }
        var passwords: [String: String] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "password" {
            passwords[file.deletingPathExtension().lastPathComponent] = try String(contentsOf: file, encoding: .utf8)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return passwords
    }

    package enum Alarm: String, Sendable {
        case memory
        case disk
    }

    /// Raises or clears an alarm. While one is raised, the broker blocks all publishing connections.
    package func setAlarm(_ isOn: Bool, of alarm: Alarm = .memory) async throws {
        try await run("alarm", isOn ? "on" : "off", alarm.rawValue)
    }

    /// Evaluates Erlang code, which ends with a dot, in the broker.
    /// - Returns: the printed result.
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

    /// Runs `deploy/broker`, or another script of its folder.
    @discardableResult
    static func script(
        _ command: String, _ directory: URL, _ arguments: [String] = [], environment: [String: String] = [:],
        file: String = "broker"
    ) async throws -> String {
        try await run(file, [command, directory.path] + arguments, environment: environment)
    }

    /// Runs a script of the folder `deploy`.
    @discardableResult
    private static func run(
        _ file: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> String {
        let process = Process()
        process.executableURL = try scriptFile().deletingLastPathComponent().appending(path: file)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // A file, not a pipe: the broker, which outlives the script, would keep a pipe open.
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
        guard status == 0 else { throw Failure(description: "deploy/\(file) \(arguments.first ?? ""): \(text)") }
        return text
    }

    /// The path of `deploy/broker`.
    package var script: String { get throws { try Self.scriptFile().path } }

    /// `TEST_BROKER_SCRIPT`, or `deploy/broker` of this package.
    private static func scriptFile() throws -> URL {
        if let path = ProcessInfo.processInfo.environment["TEST_BROKER_SCRIPT"] { return URL(filePath: path) }
        let candidates = [URL(filePath: #filePath), URL(filePath: FileManager.default.currentDirectoryPath)]
        for start in candidates {
            var folder = start
            while folder.path != "/" {
                let script = folder.appending(path: "deploy/broker")
                if FileManager.default.isExecutableFile(atPath: script.path) { return script }
                folder.deleteLastPathComponent()
            }
        }
        throw Failure(description: "deploy/broker was not found above \(#filePath)")
    }

    /// Starts the shared server once, even if several tests ask at the same time.
    private actor Shared {
        static let instance = Shared()
        private var task: Task<ThrowawayBroker, any Error>?

        func broker() async throws -> ThrowawayBroker {
            if let task { return try await task.value }
            // Unstructured, because the cancellation of the test that asks first must not cancel the start for the
            // others.
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

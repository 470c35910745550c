package import ArgumentParser
import Broker
import CMalloc
import Contracts
import Foundation
import Ledger
package import Logging
package import ServiceLifecycle
import UnixSignals
package import Web

/// An executable: its command line, its exit code, and its errors as one line each on standard error.
package struct ServiceProgram: Sendable {
    package static let version = "1.0.0"

    package let executable: String
    package let abstract: String
    package let defaultPort: Int
    /// All settings of the service.
    package let settings: [Setting]
    /// The metrics beyond those that every service has.
    let metrics: [ServiceMetric]

    /// - Parameters:
    ///   - abstract: the first line of `--help`.
    ///   - settings: those beyond the settings that every service has.
    ///   - metrics: those beyond the metrics that every service has.
    package init(
        _ executable: String, abstract: String, defaultPort: Int, settings: [Setting], metrics: [ServiceMetric] = []
    ) {
        self.metrics = metrics
        self.executable = executable
        self.abstract = abstract
        self.defaultPort = defaultPort
        self.settings = (Setting.shared(defaultPort: defaultPort) + settings).flatMap {
            [$0] + ($0.file.map { [$0] } ?? [])
        }
    }

    /// Runs `body` on the parsed command line, and exits with the code that it returns.
    ///
    /// An error is reported as one line: 64 for a wrong call or setting, or a differing topology or file; 69 if another
    /// process owns the partition; 70 for an internal error; 74 if a file cannot be used; 78 if it was lost (contract
    /// section 9).
    package func run(
        _ root: any ParsableCommand.Type, _ body: (Invocation) async throws -> Int32
    ) async -> Never {
        do {
            let invocation = try Invocation(CommandLine.arguments.dropFirst(), root: root, settings: settings)
            if let command = invocation.command as? any StandaloneCommand {
                exit(try await command.run(invocation.settingsReader))
            }
            exit(try await body(invocation))
        } catch let request as Invocation.InformationRequest {
            print(request.text)
            exit(0)
        } catch {
            exit(report(error))
        }
    }

    /// Runs a service that consists of its partitions: an operator's command, or serving until SIGTERM or SIGINT.
    package func runPartitions(
        _ root: any ParsableCommand.Type,
        _ definition: (SettingsReader, ServiceSettings) throws -> ServiceDefinition
    ) async -> Never {
        await run(root) { invocation in
            let reader = invocation.settingsReader
            let settings = try ServiceSettings(reader, defaultPort: defaultPort)
            let definition = try definition(reader, settings)
            if let exitCode = try await runSubcommand(invocation, definition, settings) { return exitCode }
            let setup = start(settings)
            let partitions = try OwnedPartitions(
                definition, settings, setup.observability, acceptsEmptyFiles: invocation.acceptsEmptyFiles,
                servicesBeside: { [logger = setup.logger] in definition.servicesBeside($0, logger) })
            let http = HTTPServer(
                settings, setup, routes: HealthRoutes(partitions, setup.observability).addAll)
            return try await serve([partitions, http], logger: setup.logger)
        }
    }

    /// Runs a subcommand that every service has. Returns its exit code; nil if there is none.
    /// - Parameter health: where the service answers `/readyz`; nil for its only listener.
    package func runSubcommand(
        _ invocation: Invocation, _ definition: ServiceDefinition, _ settings: ServiceSettings,
        health: HTTPServer.Address? = nil
    ) async throws -> Int32? {
        if let ready = invocation.command as? ReadyCommand {
            return await ready.ask(health ?? HTTPServer.Address(settings), executable: executable)
        }
        let client = AdminClient(definition, settings, executable: executable)
        if let restore = invocation.command as? RestoreCommand {
            return try client.restore(from: restore.directory, asJSON: restore.output.json, now: .now())
        }
        if let partitions = invocation.command as? PartitionsCommand {
            return try client.listPartitions(asJSON: partitions.output.json)
        }
        if let move = invocation.command as? MoveCommand {
            return try client.move(move.partition, to: move.receiver, asJSON: move.output.json)
        }
        return if let command = invocation.adminCommand { try await client.run(command) } else { nil }
    }

    /// Sets up the process to serve, before files are opened.
    package func start(_ settings: ServiceSettings) -> ProcessSetup {
        keepFreedMemory()
        // Until the service group handles SIGTERM there is no work to finish.
        signal(SIGTERM) { _ in _exit(0) }
        return ProcessSetup(self, settings)
    }

    /// A batch's memory is freed after its commit and needed again for the next batch. By default glibc may return it
    /// to the kernel each time, depending on where in the heap it happens to lie: HTTP commands then cost up to a tenth
    /// more CPU time, for `madvise` and page faults.
    private func keepFreedMemory() {
        // Setting either of the two stops glibc from adjusting them, so both are set.
        mallopt(M_MMAP_THRESHOLD, 4 << 20)
        mallopt(M_TRIM_THRESHOLD, 16 << 20)
    }

    /// Runs the services until SIGTERM or SIGINT.
    /// - Parameter services: in the order of dependency; they are stopped in reverse.
    package func serve(_ services: [any Service], logger: Logger) async throws -> Int32 {
        var configuration = ServiceGroupConfiguration(
            services: services + [FreedMemory(), StopDeadline()], gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = StopDeadline.graceful
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // The graceful stop took too long and was cut short. What is committed is safe, and the broker delivers the
            // rest again.
        }
        logger.info("Stopped")
        return 0
    }

    // MARK: - Errors

    private func report(_ error: any Error) -> Int32 {
        var code: Int32 = 70
        var text = "\(error)"
        switch error {
        case is ConfigurationError, is HTTPServer.ListenError: code = 64
        case let error as LedgerError:
            text = error.description
            switch error.code {
            case .foreignFile, .newerSchema, .unequalPartitions: code = 64
            case .locked, .superseded, .notOwned, .moved: code = 69
            case .missing, .exists: code = 1
            case .storage, .corrupt, .unsafe: code = 74
            case .stopped: code = 70
            case .lostFile: code = 78
            }
        case let error as BrokerError:
            text = error.detail + (Self.advice(on: error) ?? "")
            switch error.code {
            case .topologyMismatch, .badURL, .accessRefused: code = 64
            case .resourceLocked: code = 69
            default: code = 70
            }
        default:
            if let storage = LedgerError.storage(error) {
                code = 74
                text = storage.description
            }
        }
        Self.reportError(text, executable: executable)
        return code
    }

    /// What to do about a queue that an earlier version declared with a length as its argument.
    private static func advice(on error: BrokerError) -> String? {
        guard error.code == .topologyMismatch, error.detail.contains("'x-max-length'") else { return nil }
        return """
            ; the length is a policy now: when the queue is empty, stop the services, delete it \
            (rabbitmqctl delete_queue NAME), import deploy/rabbitmq/definitions.json and start again
            """
    }

    /// Writes one line to standard error.
    package static func reportError(_ text: String, executable: String) {
        // There is nowhere to report that standard error is closed.
        try? FileHandle.standardError.write(contentsOf: Data("\(executable): \(text.oneLine)\n".utf8))
    }
}

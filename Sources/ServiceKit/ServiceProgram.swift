import Broker
import Contracts
import Foundation
import Ledger
import Logging
import Metrics
import ServiceLifecycle
import UnixSignals
import Web

/// An executable from its arguments to its exit code.
package struct ServiceProgram: Sendable {
    package static let version = "1.0.0"

    private let definition: ServiceDefinition

    package init(_ definition: ServiceDefinition) {
        self.definition = definition
    }

    /// 0: done. 1: an unknown id. 64: a wrong setting or call, a differing topology or file. 69: the partition is
    /// another process's. 70: an error of ours. 74: a file that cannot be used.
    package func run(arguments: [String]) async -> Int32 {
        do {
            let invocation = try Invocation(
                arguments, settings: definition.allSettings, subcommands: definition.subcommands)
            switch invocation.verb {
            case .help:
                print(help)
                return 0
            case .version:
                print("\(definition.executable) \(Self.version)")
                return 0
            case .administer(let words):
                return try await administer(AdminCommand(words, asJSON: invocation.asJSON), SettingsReader(invocation))
            case .perform(let subcommand):
                if invocation.asJSON { throw ConfigurationError("--json does not go with \(subcommand.name)") }
                print(try await subcommand.run(invocation.ownOptions, SettingsReader(invocation)))
                return 0
            case .serve:
                if invocation.asJSON { throw ConfigurationError("--json goes with a subcommand") }
                try await serve(SettingsReader(invocation))
                return 0
            }
        } catch {
            return complain(about: error)
        }
    }

    // MARK: - Serving

    private func serve(_ reader: SettingsReader) async throws {
        // Until the service group listens for it there is nothing in hand to be ended in order.
        signal(SIGTERM) { _ in _exit(0) }
        let settings = try ServiceSettings(reader, defaultPort: definition.defaultPort)
        LoggingSystem.bootstrap { [format = settings.logFormat, level = settings.logLevel] label in
            format.handler(label: label, level: level)
        }
        let logger = Logger(label: definition.executable)
        let parts = try definition.parts(reader, settings, logger)
        var environment = LedgerEnvironment.live
        if let plan = settings.crashPoint { environment.hit = { plan.reach($0) } }
        let metrics = PrometheusMetrics(
            help: PartitionMetrics.help.merging(RequestMetrics.help) { first, _ in first })
        MetricsSystem.bootstrap(metrics)
        let partitions = try settings.owned.map { partition in
            try PartitionService(
                address: Address(service: definition.service, partition: partition), settings: settings,
                handler: parts.handler, requestHandler: parts.requestHandler, migrations: definition.migrations,
                environment: environment, metrics: metrics, logger: logger)
        }
        let doors = try parts.doors(partitions, metrics)
        let http = HTTPServer(
            host: settings.httpHost, port: settings.httpPort,
            isReady: { partitions.allSatisfy(\.isReady) }, metrics: { metrics.text }, routes: doors.routes,
            logger: logger)
        let sockets = partitions.map { partition in
            AdminSocket(path: socketPath(partition.address, settings.dataDirectory)) { command in
                AdminHandler(
                    file: partition.file, partitions: settings.partitions,
                    writer: partition.writer
                ).answer(command)
            }
        }
        logger.info(
            "Serving", metadata: ["version": "\(Self.version)", "partitions": "\(partitions.map(\.address.name))"])
        // In the order of dependency; they are stopped in reverse: the doors first, the partitions last, so that
        // whoever has knocked is answered.
        let services: [any Service] =
            [PartitionGroup(partitions: partitions)] + sockets + doors.services + [http]
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // What is in hand is committed long before; this bounds a shutdown that hangs.
        configuration.maximumGracefulShutdownDuration = .seconds(9)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("Stopped")
    }

    private func socketPath(_ address: Address, _ directory: String) -> String {
        "\(directory)/\(address.service.rawValue)-\(address.partition.name).sock"
    }

    // MARK: - Subcommands

    private func administer(_ command: AdminCommand, _ reader: SettingsReader) async throws -> Int32 {
        let settings = try ServiceSettings(reader, defaultPort: definition.defaultPort)
        let wanted = settings.owned.filter { command.item == nil || command.item?.partition == $0.name }
        if let item = command.item, wanted.isEmpty { return give(.unknown(item)) }
        var code: Int32 = 0
        for partition in wanted {
            let address = Address(service: definition.service, partition: partition)
            code = max(code, give(try await answer(command, address, reader, settings)))
        }
        return code
    }

    private func answer(
        _ command: AdminCommand, _ address: Address, _ reader: SettingsReader, _ settings: ServiceSettings
    ) async throws -> AdminResponse {
        if let answer = try AdminSocket.ask(command, at: socketPath(address, settings.dataDirectory)) { return answer }
        guard FileManager.default.fileExists(atPath: LedgerFile.path(of: address, in: settings.dataDirectory)) else {
            return command.item.map { .unknown($0) } ?? AdminResponse()
        }
        // Nobody serves the file: it is opened under its lock, and decided on by a writer of our own.
        let quiet = Logger(label: definition.executable) { _ in SwiftLogNoOpLogHandler() }
        let handler = try definition.parts(reader, settings, quiet).handler
        let file = try LedgerFile(
            address: address, directory: settings.dataDirectory, partitions: settings.partitions,
            migrations: definition.migrations, now: .now())
        defer { file.close() }
        var ledger = settings.ledger
        ledger.callsOnly = true
        let writer = try LedgerWriter(
            file: file, handler: handler, settings: ledger, environment: .live, logger: quiet)
        let desk = AdminHandler(file: file, partitions: settings.partitions, writer: writer)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await writer.run(observer: NoOpLedgerObserver()) }
            let answer = desk.answer(command)
            writer.stop()
            return answer
        }
    }

    private func give(_ answer: AdminResponse) -> Int32 {
        for line in answer.lines { print(line) }
        if let complaint = answer.complaint { Self.complain(complaint, definition.executable) }
        return answer.exitCode
    }

    // MARK: - Complaints

    private func complain(about error: any Error) -> Int32 {
        var code: Int32 = 70
        var text = "\(error)"
        switch error {
        case is HTTPServer.ListenError: code = 64
        case let error as ConfigurationError:
            code = 64
            text = error.description
        case let error as LedgerError:
            text = error.description
            switch error.code {
            case .foreignFile, .newerSchema: code = 64
            case .locked: code = 69
            case .storage, .corrupt, .unsafe: code = 74
            case .stopped: code = 70
            }
        case let error as BrokerError:
            text = error.detail
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
        Self.complain(text, definition.executable)
        return code
    }

    private static func complain(_ text: String, _ executable: String) {
        let line = text.oneLine
        try? FileHandle.standardError.write(contentsOf: Data("\(executable): \(line)\n".utf8))
    }

    private var help: String {
        let settings = definition.allSettings.map { setting in
            let name = setting.option.padding(toLength: 24, withPad: " ", startingAt: 0)
            let standard = setting.standard.isEmpty ? "" : " (default: \(setting.standard))"
            return "  \(name)\(setting.name): \(setting.help)\(standard)"
        }
        let usage = definition.subcommands.map { "\n       \(definition.executable) \($0.usage)" }.joined()
        return """
            \(definition.executable): \(definition.purpose)

            Usage: \(definition.executable) [serve] [options]
                   \(definition.executable) parked|blocked list [--json]
                   \(definition.executable) parked|blocked show|retry|discard ID
                   \(definition.executable) refused list | streams | counters [--json]\(usage)

            Settings, as options or in the environment:
            \(settings.joined(separator: "\n"))

              --json                  with list, show, streams, counters: lines of JSON
              --help                  this text
              --version               the version
            """
    }
}

import Contracts
import Foundation
import Ledger
import Logging

/// Runs an operator's command on the partitions that this process is configured to own: through the socket of the
/// running service, or on the files of a stopped one. The output is the same.
package struct AdminClient {
    private let definition: ServiceDefinition
    private let settings: ServiceSettings
    private let executable: String

    package init(_ definition: ServiceDefinition, _ settings: ServiceSettings, executable: String) {
        self.definition = definition
        self.settings = settings
        self.executable = executable
    }

    /// Prints the answers and returns the exit code: the highest of the partitions'.
    package func run(_ command: AdminCommand) async throws -> Int32 {
        let partitions = settings.owned.filter { command.item == nil || command.item?.partition == $0.name }
        if let item = command.item, partitions.isEmpty { return print(.unknown(item)) }
        var exitCode: Int32 = 0
        for partition in partitions {
            let address = Address(service: definition.service, partition: partition)
            exitCode = max(exitCode, print(try await response(to: command, address)))
        }
        return exitCode
    }

    private func print(_ response: AdminResponse) -> Int32 {
        for line in response.lines { Swift.print(line) }
        if let error = response.error { ServiceProgram.reportError(error, executable: executable) }
        return response.exitCode
    }

    private func response(to command: AdminCommand, _ address: Address) async throws -> AdminResponse {
        let directory = settings.dataDirectory
        if let response = try AdminSocket.request(command, at: AdminSocket.path(of: address, in: directory)) {
            return response
        }
        guard FileManager.default.fileExists(atPath: LedgerFile.path(of: address, in: directory)) else {
            return command.item.map { .unknown($0) } ?? AdminResponse()
        }
        return try await withFile(of: address) { $0.handle(command) }
    }

    /// Opens the file of a stopped service under its lock, with a writer that does nothing but the operator's changes.
    /// What it commits is published when the service runs again.
    private func withFile(
        of address: Address, _ body: (AdminHandler) -> AdminResponse
    ) async throws -> AdminResponse {
        let file = try LedgerFile(
            address: address, directory: settings.dataDirectory, partitions: settings.partitions,
            migrations: definition.migrations, now: .now())
        defer { file.close() }
        var ledger = settings.ledger
        ledger.callsOnly = true
        let writer = try LedgerWriter(
            file: file, handler: definition.handler, settings: ledger, environment: .live,
            logger: Logger(label: executable) { _ in SwiftLogNoOpLogHandler() })
        let handler = AdminHandler(
            file: file, partitions: settings.partitions, writer: writer)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await writer.run(observer: NoOpLedgerObserver()) }
            let response = body(handler)
            writer.stop()
            return response
        }
    }
}

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
        let partitions = try owned().filter { command.item == nil || command.item?.partition == $0.name }
        if let item = command.item, partitions.isEmpty { return print(.unknown(item)) }
        var exitCode: Int32 = 0
        for partition in partitions {
            let address = Address(service: definition.service, partition: partition)
            exitCode = max(exitCode, print(try await response(to: command, address)))
        }
        return exitCode
    }

    /// Replaces the files of a stopped service. Every backup is checked before the first file is replaced, so that all
    /// or none are.
    func restore(from directory: String, asJSON: Bool, now: Timestamp) throws -> Int32 {
        let addresses = try owned().map { Address(service: definition.service, partition: $0) }
        try LedgerFile.createFolder(settings.dataDirectory)
        let locks = try addresses.map {
            try LedgerFile.lock($0, in: settings.dataDirectory, timeout: Self.lockTimeout)
        }
        defer { for lock in locks { lock.release() } }
        var staged: [StagedBackup] = []
        defer { for backup in staged { backup.discard() } }
        for address in addresses {
            staged.append(
                try Backup(of: address, in: directory).stage(
                    in: settings.dataDirectory, partitions: settings.partitions, migrations: definition.migrations))
        }
        let time = String.timeInFileNames(now)
        for (address, backup) in zip(addresses, staged) {
            let kept = try backup.replace(at: time)
            let fields = [("partition", address.name), ("file", backup.target), ("replaced", kept)]
            Swift.print(AdminResponse.line(fields, asJSON: asJSON))
        }
        return 0
    }

    /// Prints a line for each partition that this process may own, with the process that has it, and a line for each
    /// other process. Only processes with the same data folder are known.
    func listPartitions(asJSON: Bool) throws -> Int32 {
        let folder = ProcessFolder.path(of: definition.service, in: settings.dataDirectory)
        let processes = ProcessFolder.records(in: folder)
        let placements = try placements()
        let owned = settings.selection.partitions(of: settings.partitions, placements)
        let elsewhere = placements.filter { $0.value.place == .elsewhere && !owned.contains($0.key) }
        for partition in (owned + elsewhere.keys).sorted() {
            if let placement = elsewhere[partition] {
                Swift.print(line(partition, placement, asJSON: asJSON))
                continue
            }
            let name = Address(service: definition.service, partition: partition).name
            let owners = processes.flatMap { record in
                record.owned.filter { $0.partition == partition.name }.map { (record.process, $0) }
            }
            // One that has lost it while it was paused does not know yet.
            let owner = owners.max { ($0.1.rank, $0.1.since) < ($1.1.rank, $1.1.since) }
            let fields: [(String, String?)] = [
                ("partition", name), ("process", owner?.0), ("state", owner?.1.state.rawValue),
                ("since", owner.map { Timestamp(milliseconds: $0.1.since).description }),
            ]
            Swift.print(AdminResponse.line(fields, asJSON: asJSON))
        }
        for process in processes where process.owned.isEmpty {
            let fields: [(String, String?)] = [
                ("partition", nil), ("process", process.process), ("state", "standby"), ("since", nil),
            ]
            Swift.print(AdminResponse.line(fields, asJSON: asJSON))
        }
        return 0
    }

    /// Those of this folder's processes, moves considered.
    private func owned() throws -> [Partition] {
        settings.selection.partitions(of: settings.partitions, try placements())
    }

    private func placements() throws -> [Partition: Placement] {
        try Placement.all(of: definition.service, in: settings.dataDirectory)
    }

    /// A partition that was moved away, with the process that has got it.
    private func line(_ partition: Partition, _ placement: Placement, asJSON: Bool) -> String {
        let fields: [(String, String?)] = [
            ("partition", Address(service: definition.service, partition: partition).name),
            ("process", placement.process), ("state", placement.isTaken ? "moved" : "moving"),
            ("since", Timestamp(milliseconds: placement.at).description),
        ]
        return AdminResponse.line(fields, asJSON: asJSON)
    }

    /// Has the process of this folder that serves a partition give it away.
    func move(_ partition: Partition, to receiver: String, asJSON: Bool) throws -> Int32 {
        let name = Address(service: definition.service, partition: partition).name
        let folder = ProcessFolder.path(of: definition.service, in: settings.dataDirectory)
        let command = AdminCommand(
            .move, .move, nil, asJSON: asJSON, partition: partition.name, process: receiver)
        let owner = ProcessFolder.records(in: folder).first { $0.serves(partition) }
        guard let owner else {
            let reason = "no process with the folder \(settings.dataDirectory) serves it"
            return print(AdminResponse(error: "\(name) was not moved: \(reason)", exitCode: 1))
        }
        let socket = ProcessFolder.socketPath(owner.process, in: folder)
        let ended = AdminResponse(
            error: "\(owner.process) has ended; `partitions` says where \(name) is when it runs again", exitCode: 1)
        return print(try AdminSocket.request(command, at: socket) ?? ended)
    }

    /// How long to wait for another subcommand to finish.
    private static let lockTimeout: Duration = .seconds(3)

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
        if let target = command.directory {
            // Under the lock alone: opening the file as its owner would migrate it.
            let lock = try LedgerFile.lock(address, in: directory, timeout: Self.lockTimeout)
            defer { lock.release() }
            return try .backup(of: address, in: directory, to: target, asJSON: command.asJSON)
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
            file: file, dataDirectory: settings.dataDirectory, partitions: settings.partitions, writer: writer)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await writer.run(observer: NoOpLedgerObserver()) }
            let response = body(handler)
            writer.stop()
            return response
        }
    }
}

extension ProcessRecord.Owned {
    /// While a partition moves, the process that serves it counts.
    fileprivate var rank: Int { state == .serving ? 1 : 0 }
}

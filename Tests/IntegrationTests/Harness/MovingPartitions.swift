import Contracts
import Foundation
import TestSupport
import Testing

/// Moves partitions between two processes with data folders of their own. At first `anna` has all partitions, and
/// `berta` none.
protocol MovingPartitions {}

extension MovingPartitions {
    private static var anna: [String: String] { ["OWNED_PARTITIONS": "all", "PROCESS_NAME": "anna"] }
    private static var berta: [String: String] { ["OWNED_PARTITIONS": "none", "PROCESS_NAME": "berta"] }

    func run(
        _ kind: ServiceProcess.Kind, partitions: Int = 2,
        services: [ServiceProcess.Kind] = ServiceProcess.Kind.allCases,
        ownBroker: Bool = false,
        _ body: (TestSystem, _ anna: ServiceProcess, _ berta: ServiceProcess) async throws -> Void
    ) async throws {
        try await TestSystem.run(
            partitions: partitions, settings: Self.anna, services: services, ownBroker: ownBroker
        ) { system in
            try await system.withProcess(kind, folder: "berta", settings: Self.berta) { berta in
                try await berta.start()
                try await berta.waitUntilReady()
                try await body(system, system.service(kind), berta)
                #expect(try await berta.stop() == 0)
            }
        }
    }

    /// The partitions that a process's folder serves, and those that it has given away, as `p00` and `-p01`.
    private func places(_ process: ServiceProcess) async throws -> [String] {
        try await process.items("partitions", as: PartitionLine.self).compactMap { line in
            let name = line.partition?.split(separator: ".").last.map(String.init)
            return switch line.state {
            case "serving": name
            case "moved": name.map { "-" + $0 }
            case nil, "standby": nil
            case let other?: "\(name ?? "") \(other)"
            }
        }
    }

    func expect(
        _ anna: ServiceProcess, has first: [String], _ berta: ServiceProcess, has second: [String]
    ) async throws {
        var found: [[String]] = []
        do {
            try await eventually("\(first) and \(second) are served", poll: .milliseconds(100)) {
                found = [try await places(anna), try await places(berta)]
                return found == [first, second]
            }
        } catch {
            Issue.record("\(found)\n\(anna.logTail)\n\(berta.logTail)")
            throw error
        }
    }

    func move(_ partition: String, from process: ServiceProcess, to other: String) async throws {
        let output = try await process.run("move", partition, "--to", other)
        #expect(output.exitCode == 0, "\(output)\n\(process.logTail)")
        let fields = (output.lines.first ?? "").split(separator: "\t")
        #expect(
            fields.count == 5 && fields[2] == other && Int(fields[3]) ?? 0 > 0 && Int(fields[4]) != nil, "\(output)")
    }

    func files(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    func finish(_ scenarios: [Scenario], on system: TestSystem) async throws {
        for scenario in scenarios { try await scenario.expectOutcome(on: system) }
        try await system.expectExactlyOnce()
    }

    /// A table that nothing reads makes the file so large that it is copied for a while.
    func enlarge(_ process: ServiceProcess, _ file: URL, megabytes: Int) async throws {
        #expect(try await process.stop() == 0)
        let sql = """
            CREATE TABLE filler (data BLOB);
            WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < \(megabytes))
            INSERT INTO filler SELECT randomblob(1000000) FROM number;
            """
        _ = try await Recipes.bash("sqlite3 '\(file.path)' '\(sql)'", [:])
        try await process.start()
        try await process.waitUntilReady()
    }
}

/// A line of the subcommand `partitions`.
private struct PartitionLine: Decodable {
    let partition: String?
    let process: String?
    let state: String?
}

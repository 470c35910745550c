import Broker
import Contracts
import Foundation
import Logging
import TestSupport
import Testing

/// Moves that are held up, or refused by the process that was to get the partition (contract section 3, moves).
@Suite struct PausedMoveTests: MovingPartitions {
    private struct PartitionLine: Decodable {
        let partition: String?
        let process: String?
        let state: String?
    }

    private func isCopied(_ system: TestSystem) throws -> Bool {
        try files(in: system.data.appending(path: "berta")).contains("waitlist-p01.sqlite.arriving")
    }

    @Test func `a source that is paused while it copies gives nothing away that another process has taken`()
        async throws
    {
        try await run(.waitlist, services: [.application, .waitlist]) { system, anna, berta in
            try await enlarge(anna, system.data.appending(path: "waitlist-p01.sqlite"), megabytes: 300)
            #expect(try await anna.stop() == 0)
            let shared = ["OWNED_PARTITIONS": "auto", "AMQP_URL": system.url + "?heartbeat=1"]
            try await anna.start(shared)
            try await anna.waitUntilReady()
            let settings = shared.merging(["DATA_DIR": system.data.path, "PROCESS_NAME": "carla"]) { $1 }
            try await system.withProcess(.waitlist, folder: "carla", settings: settings) { carla in
                try await carla.start()
                try await eventually("they share the partitions", poll: .milliseconds(100)) {
                    let owners = try await owners(anna)
                    return Set(owners.values) == ["anna", "carla"] && owners.count == 2
                }
                let (source, other) = try await owners(anna)["p01"] == "anna" ? (anna, carla) : (carla, anna)
                let scenarios = try await system.sendScenarios("taken") {
                    async let output = source.run("move", "p01", "--to", "berta")
                    try await eventually("it is copied", poll: .milliseconds(1)) { try isCopied(system) }
                    source.signal(SIGSTOP)
                    let name = source === anna ? "carla" : "anna"
                    try await eventually("the other one has taken over", poll: .milliseconds(100)) {
                        try await owners(other) == ["p00": name, "p01": name]
                    }
                    source.signal(SIGCONT)
                    let failed = try await output
                    #expect(failed.exitCode == 1, "\(failed)")
                }
                try await finish(scenarios, on: system)
                #expect(try await berta.run("partitions").lines.allSatisfy { !$0.contains("p01") })
                #expect(try await carla.stop() == 0)
            }
        }
    }

    /// The processes of a folder that serve the partitions.
    private func owners(_ process: ServiceProcess) async throws -> [String: String] {
        try await process.items("partitions", as: PartitionLine.self).reduce(into: [:]) { owners, line in
            guard line.state == "serving", let name = line.partition?.split(separator: ".").last else { return }
            owners[String(name)] = line.process
        }
    }

    @Test func `a process of an earlier version refuses a file that it could not read`() async throws {
        try await run(.waitlist, services: [.application, .waitlist]) { system, anna, berta in
            let requester = Requester(endpoint: try BrokerEndpoint(url: system.url), name: "newer", logger: .quiet)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await requester.run() }
                defer { requester.stop() }
                let headers: [String: HeaderValue] = [
                    "move": .string("m"), "partition": .string("p01"), "process": .string("newer"),
                    "partitions": .int(2), "migrations": .int(1000), "bytes": .int(4096),
                ]
                var reply: Delivery?
                try await eventually("there is a reply") {
                    reply = try? await requester.request(
                        [], to: ServiceName.waitlist.processQueue(of: "berta"),
                        properties: MessageProperties(type: "move_begin", userID: "guest", headers: headers),
                        timeout: .seconds(5))
                    return reply != nil
                }
                #expect(reply?.properties.headers["state"] == .string("refused"))
                let reason = reply?.properties.headers["reason"]?.stringValue ?? ""
                #expect(reason.contains("berta runs an earlier version"), "\(reason)")
            }
            #expect(try files(in: system.data.appending(path: "berta")).allSatisfy { !$0.contains("arriving") })
            try await expect(anna, has: ["p00", "p01"], berta, has: [])
        }
    }
}

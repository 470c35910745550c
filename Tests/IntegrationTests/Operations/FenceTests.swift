import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// A process that never owned a partition, or has lost it, commits nothing and answers nothing (contract section 3).
@Suite struct FenceTests {
    private func client(_ process: ServiceProcess) -> APIClient {
        APIClient(base: "http://127.0.0.1:\(process.httpPort)", token: nil)
    }

    private func copy(_ name: String, from source: URL, to target: URL) throws {
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: source.appending(path: name), to: target.appending(path: name))
    }

    private static let file = "application-p00.sqlite"

    // MARK: - Before the ownership

    @Test func `a process with a copy of the folder answers no command and no query, and exits with 69`() async throws {
        try await TestSystem.run { system in
            let first = try await system.client()
            #expect(try await first.create(1, spots: 1).status == 202)
            #expect(try await system.application.stop() == 0)
            let folder = system.data.appending(path: "copy")
            try copy(Self.file, from: system.data, to: folder)
            let before = try Data(contentsOf: folder.appending(path: Self.file))
            try await system.application.start()
            try await system.application.waitUntilReady()
            let settings = ["RATE_LIMIT": "0"]
            try await system.withProcess(.application, folder: "copy", settings: settings) { second in
                try await second.start()
                let http = client(second)
                var statuses: [Int] = []
                while second.exitCode == nil {
                    if let answer = try? await http.create(2, spots: 1) {
                        statuses.append(answer.status)
                        if answer.status == 503 { #expect(answer.headers["retry-after"] != nil) }
                    }
                    if let answer = try? await http.get("/v1/applications/1") { statuses.append(answer.status) }
                }
                #expect(Set(statuses) == [503], "\(second.log)")
                #expect(second.exitCode == 69)
                #expect(second.errorLines.count == 1, "\(second.log)")
            }
            #expect(try Data(contentsOf: folder.appending(path: Self.file)) == before)
            #expect(try await first.get("/v1/applications/1").status == 200)
        }
    }

    @Test func `a folder that does not exist is made, for its owner alone`() async throws {
        try await TestSystem.run(services: []) { system in
            let folder = system.data.path + "/new/data"
            try await system.waitlist.start(["DATA_DIR": folder])
            try await system.waitlist.waitUntilReady()
            let attributes = try FileManager.default.attributesOfItem(atPath: folder)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            #expect(try await system.waitlist.stop() == 0)
        }
    }

    @Test func `without a broker no file is made, and commands wait for the first ownership`() async throws {
        try await TestSystem.run(services: [], ownBroker: true) { system in
            try await system.broker.stop()
            for service in system.processes { try await service.start() }
            for service in system.processes {
                try await eventually("\(service.kind) lives") { (try? await service.get("healthz"))?.status == 200 }
                let readiness = try await service.get("readyz")
                #expect(readiness.status == 503)
                #expect(readiness.body.contains("the file is not open yet"), "\(readiness.body)")
                #expect(try await service.get("metrics").status == 200)
                let streams = try await service.run("streams")
                #expect(streams.exitCode == 0 && streams.lines.isEmpty, "\(streams)")
            }
            let http = try await system.client()
            let refused = try await http.create(1, spots: 1, key: "k")
            #expect(refused.status == 503 && refused.headers["retry-after"] != nil, "\(refused)")
            #expect(try await http.get("/v1/applications").status == 503)
            #expect(try await http.get("/openapi.json").status == 200)
            let files = try FileManager.default.contentsOfDirectory(atPath: system.data.path)
            #expect(files.filter { $0.contains("sqlite") } == [])
            try await system.restartBroker()
            for service in system.processes { try await service.waitUntilReady() }
            #expect(try await http.create(1, spots: 1, key: "k").status == 202)
        }
    }

    // MARK: - After the ownership is lost

    /// The second process has another broker, so that only the file can tell.
    @Test func `a process whose file another one takes notices it, and exits with 69`() async throws {
        let all = ["OWNED_PARTITIONS": "all"]
        try await TestSystem.run(settings: all, services: [.application], invariants: false) { system in
            let first = try await system.client()
            #expect(try await first.create(1, spots: 1).status == 202)
            try FileManager.default.removeItem(at: system.data.appending(path: Self.file + ".lock"))
            let settings = [
                "DATA_DIR": system.data.path, "AMQP_URL": try await system.broker.virtualHost(),
                "OWNED_PARTITIONS": "all",
            ]
            try await system.withProcess(.application, folder: "second", settings: settings) { second in
                try await second.start()
                try await second.waitUntilReady()
                #expect(try await system.application.waitForExit() == 69)
                let lines = system.application.errorLines
                #expect(lines.count == 1, "\(system.application.log)")
                #expect(lines.first?.contains("\(Self.file) was taken by another process") == true, "\(lines)")
                let http = client(second)
                #expect(try await http.get("/v1/applications/1").status == 200)
                #expect(try await http.create(2, spots: 1).status == 202)
                // The lock is the second one's.
                try await system.application.start()
                #expect(try await system.application.waitForExit() == 69)
                #expect(try await second.stop() == 0)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a process stops committing at once when another one holds its owner queue`(goesAway: Bool) async throws {
        try await TestSystem.run(services: [], invariants: false) { system in
            let proxy = try BrokerProxy(to: system.url)
            defer { proxy.close() }
            try await system.application.start(["AMQP_URL": try proxy.url(for: system.url) + "?heartbeat=1"])
            try await system.application.waitUntilReady()
            let http = try await system.client()
            #expect(try await http.create(1, spots: 1).status == 202)
            // The broker loses the connection, and another process is faster.
            proxy.freeze()
            let rival = BrokerClient(url: system.url)
            let address = Address(service: .application, partition: Partition(number: 0))
            try await eventually("the broker has noticed") {
                (try? await rival.perform { try $0.declare(Topology.ownerQueue(address).declarations) }) != nil
            }
            proxy.cut()
            proxy.resume()
            try await eventually("commands are refused") {
                try await http.create(2, spots: 1).status == 503
            }
            #expect(try await http.get("/v1/applications/1").status == 503)
            #expect(try await system.application.get("readyz").body.contains("owner queue"))
            if goesAway {
                await rival.close()
                try await system.application.waitUntilReady()
                #expect(try await http.create(2, spots: 1).status == 202)
                #expect(try await http.get("/v1/applications/1").status == 200)
            } else {
                #expect(try await system.application.waitForExit() == 69)
                #expect(system.application.errorLines.count == 1, "\(system.application.log)")
                await rival.close()
            }
        }
    }

    // MARK: - Lost files

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `a new file where there was one is refused with exit 78, unless it is accepted`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(services: [kind], invariants: false) { system in
            let service = system.service(kind)
            #expect(try await service.stop() == 0)
            let name = try #require(
                try FileManager.default.contentsOfDirectory(atPath: system.data.path).first { $0.hasSuffix(".sqlite") })
            let file = system.data.appending(path: name)
            try FileManager.default.removeItem(at: file)
            // The second time as a file that was made and has nothing in it.
            for _ in 0..<2 {
                let before = service.errorLines.count
                try await service.start()
                #expect(try await service.waitForExit() == 78)
                let lines = service.errorLines.dropFirst(before)
                #expect(lines.count == 1, "\(service.log)")
                for word in [name, "restore DIR", "--accept-empty"] {
                    #expect(lines.first?.contains(word) == true, "\(lines)")
                }
                try Data().write(to: file)
            }
            try await service.start(arguments: ["--accept-empty"])
            try await service.waitUntilReady()
            #expect(try await service.stop() == 0)
            try await service.start()
            try await service.waitUntilReady()
        }
    }

    @Test func `a broker that does not know a file yet is told of it`() async throws {
        try await TestSystem.run(services: [.application]) { system in
            #expect(try await system.application.stop() == 0)
            try await system.brokerClient.perform { try $0.deleteQueue("application.p00.file") }
            try await system.application.start()
            try await system.application.waitUntilReady()
            #expect(try await system.depth("application.p00.file") == 0)
        }
    }

    // MARK: - Unequal numbers of partitions

    @Test func `services with unequal PARTITIONS refuse each other with exit 64, each with one line`() async throws {
        let ids = (0...).lazy.map { ID.trusted("u-\($0)") }
        let id = try #require(ids.first { Partition.of($0, count: 2).number == 0 })
        try await TestSystem.run(services: [.waitlist], invariants: false) { system in
            try await system.application.start(["PARTITIONS": "2"])
            try await system.application.waitUntilReady()
            #expect(try await system.client().create(id, spots: 1).status == 202)
            let expected = [
                (system.application, "waitlist.p00 runs with PARTITIONS=1, and PARTITIONS is 2 here"),
                (system.waitlist, "application.p00 runs with PARTITIONS=2, and PARTITIONS is 1 here"),
            ]
            for (service, text) in expected {
                #expect(try await service.waitForExit() == 64)
                #expect(service.errorLines.count == 1, "\(service.log)")
                #expect(service.errorLines.first?.contains(text) == true, "\(service.errorLines)")
            }
            // Corrected, the outdated heads in the queues do no harm.
            try FileManager.default.removeItem(at: system.data.appending(path: Self.file))
            try FileManager.default.removeItem(at: system.data.appending(path: "application-p01.sqlite"))
            try await system.application.start(arguments: ["--accept-empty"])
            try await system.waitlist.start()
            for service in [system.application, system.waitlist] { try await service.waitUntilReady() }
            #expect(try await system.client().create("equal", spots: 1).status == 202)
            try await system.waitUntil("WaitlistService knows the application") {
                try await system.streams(system.waitlist).contains {
                    $0.stream.hasPrefix("application.p00>") && $0.last > 0
                }
            }
        }
    }
}

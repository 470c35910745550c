import Contracts
import Foundation
import TestSupport
import Testing

/// A partition is given to a process with a data folder of its own (contract section 3, moves). At first `anna` has all
/// partitions, and `berta` none.
@Suite struct MoveTests {
    /// A line of the subcommand `partitions`.
    private struct Line: Decodable {
        let partition: String?
        let process: String?
        let state: String?
    }

    private static let anna = ["OWNED_PARTITIONS": "all", "PROCESS_NAME": "anna"]
    private static let berta = ["OWNED_PARTITIONS": "none", "PROCESS_NAME": "berta"]

    private func run(
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
        try await process.items("partitions", as: Line.self).compactMap { line in
            let name = line.partition?.split(separator: ".").last.map(String.init)
            return switch line.state {
            case "serving": name
            case "moved": name.map { "-" + $0 }
            case nil, "standby": nil
            case let other?: "\(name ?? "") \(other)"
            }
        }
    }

    private func expect(
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

    private func move(_ partition: String, from process: ServiceProcess, to other: String) async throws {
        let output = try await process.run("move", partition, "--to", other)
        #expect(output.exitCode == 0, "\(output)\n\(process.logTail)")
        let fields = (output.lines.first ?? "").split(separator: "\t")
        #expect(
            fields.count == 5 && fields[2] == other && Int(fields[3]) ?? 0 > 0 && Int(fields[4]) != nil, "\(output)")
    }

    private func files(_ process: ServiceProcess, in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// Applications in all partitions, which get their commands while `change` happens.
    private func send(
        _ name: String, to system: TestSystem, while change: () async throws -> Void
    ) async throws -> [Scenario] {
        let scenarios = (0..<4).map {
            Scenario(application: .trusted("\(name)-\($0)"), spots: 2, volunteers: 8, decliners: 1)
        }
        async let sending: Void = {
            for number in scenarios[0].commands.indices {
                for scenario in scenarios { try await scenario.send(number..<(number + 1), to: system) }
            }
        }()
        try await change()
        try await sending
        return scenarios
    }

    private func finish(_ scenarios: [Scenario], on system: TestSystem) async throws {
        for scenario in scenarios { try await scenario.expectOutcome(on: system) }
        try await system.expectExactlyOnce()
    }

    // MARK: - Moves

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `partitions move there and back under load, also over restarts, and everything takes effect once`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await run(kind) { system, anna, berta in
            try await expect(anna, has: ["p00", "p01"], berta, has: [])
            var scenarios = try await send("there", to: system) {
                try await move("p01", from: anna, to: "berta")
                try await expect(anna, has: ["p00", "-p01"], berta, has: ["p01"])
                try await move("p00", from: anna, to: "berta")
                try await expect(anna, has: ["-p00", "-p01"], berta, has: ["p00", "p01"])
            }
            for process in [anna, berta] { try await process.waitUntilReady() }
            let name = kind.rawValue.replacing("Service", with: "").lowercased()
            let kept = try files(anna, in: system.data).filter { $0.hasPrefix("\(name)-p01.sqlite") }
            #expect(kept.count == 1 && kept[0].contains(".moved-"), "\(kept)")
            scenarios += try await send("restarts", to: system) {
                for process in [anna, berta] {
                    #expect(try await process.stop() == 0)
                    try await process.start()
                    try await process.waitUntilReady()
                }
                try await expect(anna, has: ["-p00", "-p01"], berta, has: ["p00", "p01"])
                await berta.kill()
                try await berta.start()
            }
            scenarios += try await send("back", to: system) {
                try await berta.waitUntilReady()
                try await move("p00", from: berta, to: "anna")
                try await move("p01", from: berta, to: "anna")
                try await expect(anna, has: ["p00", "p01"], berta, has: ["-p00", "-p01"])
            }
            try await finish(scenarios, on: system)
            for process in [anna, berta] { #expect(process.errorLines == [], "\(process.log)") }
        }
    }

    @Test func `HTTP requests to both processes during moves have one effect each`() async throws {
        try await run(.application, services: [.application, .waitlist]) { system, anna, berta in
            let ids = (0..<2).map { number in
                (0...).lazy.map { ID.trusted("http-\($0)") }.first { Partition.of($0, count: 2).number == number }
                    ?? "x"
            }
            let clients = [TwoProcesses.client(of: anna), TwoProcesses.client(of: berta)]
            for id in ids { #expect(try await clients[0].create(id, spots: 10).status == 202) }
            async let moving: Void = {
                for _ in 0..<3 {
                    for partition in ["p01", "p00"] { try await move(partition, from: anna, to: "berta") }
                    for partition in ["p00", "p01"] { try await move(partition, from: berta, to: "anna") }
                }
            }()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for number in 0..<40 {
                            let id = ids[number % 2]
                            let volunteer = ID.trusted("w\(worker)-\(number)")
                            // 503 says that it may be sent again; the key makes that safe.
                            try await eventually("\(volunteer) is accepted", poll: .milliseconds(50)) {
                                let response = try await clients[worker % 2].respond(volunteer, id, key: "\(volunteer)")
                                #expect([202, 503].contains(response.status), "\(response)")
                                return response.status == 202
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await moving
            try await expect(anna, has: ["p00", "p01"], berta, has: ["-p00", "-p01"])
            try await system.quiesce()
            for id in ids {
                #expect(system.statusRecords(.confirmed, about: id).count == 10)
                #expect(system.statusRecords(.waiting, about: id).count == 70)
                let first = try await clients[0].get("/v1/applications/\(id)/responses?limit=200")
                #expect(first.body == (try await clients[1].get("/v1/applications/\(id)/responses?limit=200")).body)
            }
        }
    }

    // MARK: - Crashes

    /// At which point a process is killed, and whether the partition is then at the other one.
    struct Crash: Sendable, CustomTestStringConvertible {
        let isSource: Bool
        let point: String
        let isMoved: Bool
        var testDescription: String { point }
    }

    static let crashes = [
        Crash(isSource: true, point: "move-copied", isMoved: false),
        Crash(isSource: true, point: "move-sealed", isMoved: false),
        Crash(isSource: true, point: "move-confirmed", isMoved: false),
        Crash(isSource: true, point: "move-decided", isMoved: true),
        Crash(isSource: false, point: "move-complete", isMoved: false),
        Crash(isSource: false, point: "move-placed", isMoved: true),
        Crash(isSource: false, point: "move-installed", isMoved: true),
    ]

    @Test(arguments: crashes, [ServiceProcess.Kind.application, .waitlist])
    func `a process that is killed at any step leaves one file, which has everything`(
        crash: Crash, kind: ServiceProcess.Kind
    ) async throws {
        try await run(kind) { system, anna, berta in
            let victim = crash.isSource ? anna : berta
            var scenarios = try await send("before", to: system) {
                #expect(try await victim.stop() == 0)
                try await victim.start(["CRASH_POINT": crash.point])
                try await victim.waitUntilReady()
            }
            scenarios += try await send("crash", to: system) {
                let output = try await anna.run("move", "p01", "--to", "berta")
                // The source cannot answer; and it has done its part if only the target has not answered.
                #expect(output.exitCode == (crash.isSource || !crash.isMoved ? 1 : 0), "\(output)")
                #expect(try await victim.waitForExit() == 128 + SIGKILL)
                try await victim.start()
                let moved = crash.isMoved
                try await expect(anna, has: ["p00", moved ? "-p01" : "p01"], berta, has: moved ? ["p01"] : [])
            }
            for process in [anna, berta] { try await process.waitUntilReady() }
            try await eventually("berta has dropped a copy that it did not get") {
                !(try files(berta, in: system.data.appending(path: "berta"))).contains { $0.contains("arriving") }
            }
            scenarios += try await send("after", to: system) {
                if !crash.isMoved { try await move("p01", from: anna, to: "berta") }
                try await move("p01", from: berta, to: "anna")
                try await expect(anna, has: ["p00", "p01"], berta, has: ["-p01"])
            }
            try await finish(scenarios, on: system)
        }
    }

    @Test func `a source that is lost for ever after the decision is not missed`() async throws {
        try await run(.waitlist, services: [.application, .waitlist]) { system, anna, berta in
            let scenarios = try await send("lost", to: system) {
                try await move("p00", from: anna, to: "berta")
                try await move("p01", from: anna, to: "berta")
                await anna.kill()
                await berta.kill()
                try await berta.start()
                try await expect(anna, has: ["-p00", "-p01"], berta, has: ["p00", "p01"])
            }
            try await berta.waitUntilReady()
            try await anna.start()
            try await anna.waitUntilReady()
            try await move("p00", from: berta, to: "anna")
            try await move("p01", from: berta, to: "anna")
            try await finish(scenarios, on: system)
        }
    }

    /// A table that nothing reads makes the file so large that it is copied for a while.
    private func enlarge(_ process: ServiceProcess, _ file: URL, megabytes: Int) async throws {
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

    @Test func `if the broker is lost while a partition is copied, the partition stays`() async throws {
        try await run(.waitlist, services: [.application, .waitlist], ownBroker: true) { system, anna, berta in
            let scenarios = try await send("broker", to: system) {}
            try await enlarge(anna, system.data.appending(path: "waitlist-p01.sqlite"), megabytes: 300)
            async let output = anna.run("move", "p01", "--to", "berta")
            let arriving = system.data.appending(path: "berta/waitlist-p01.sqlite.arriving").path
            try await eventually("pieces arrive", poll: .milliseconds(1)) {
                FileManager.default.fileExists(atPath: arriving)
            }
            try await system.broker.kill()
            let failed = try await output
            #expect(failed.exitCode == 1, "\(failed)")
            try await system.restartBroker()
            try await expect(anna, has: ["p00", "p01"], berta, has: [])
            // Until berta is connected again, no process of that name is known.
            try await eventually("it moves", poll: .milliseconds(200)) {
                try await anna.run("move", "p01", "--to", "berta").exitCode == 0
            }
            try await expect(anna, has: ["p00", "-p01"], berta, has: ["p01"])
            try await eventually("it moves back", poll: .milliseconds(200)) {
                try await berta.run("move", "p01", "--to", "anna").exitCode == 0
            }
            try await finish(scenarios, on: system)
        }
    }

    // MARK: - What cannot be moved

    @Test func `what cannot be moved is refused in one line, and goes on`() async throws {
        try await run(.waitlist, services: [.application, .waitlist]) { system, anna, berta in
            func refusal(_ partition: String, from process: ServiceProcess, to other: String) async throws -> String {
                let output = try await process.run("move", partition, "--to", other)
                #expect(output.exitCode == 1 && output.lines == [], "\(output)")
                #expect(output.stderr.split(separator: "\n").count == 1, "\(output)")
                return output.stderr
            }
            #expect(
                try await refusal("p00", from: anna, to: "carla").contains("no process of waitlist is called carla"))
            #expect(try await refusal("p00", from: anna, to: "anna").contains("anna is this process"))
            #expect(try await refusal("p00", from: berta, to: "anna").contains("serves it"))
            #expect(try await refusal("p07", from: anna, to: "berta").contains("serves it"))
            for words in [["move"], ["move", "p00"], ["move", "0", "--to", "a"], ["move", "p00", "--to", "a/b"]] {
                #expect(try await anna.run(words).exitCode == 64, "\(words)")
            }
            let shared = ["DATA_DIR": system.data.path, "PROCESS_NAME": "carla", "OWNED_PARTITIONS": "none"]
            try await system.withProcess(.waitlist, folder: "carla", settings: shared) { carla in
                try await carla.start()
                try await carla.waitUntilReady()
                #expect(try await refusal("p00", from: anna, to: "carla").contains("the same data folder"))
                #expect(try await carla.stop() == 0)
            }
            let many = ["PARTITIONS": "3", "PROCESS_NAME": "dora", "OWNED_PARTITIONS": "none"]
            try await system.withProcess(.waitlist, folder: "dora", settings: many) { dora in
                try await dora.start()
                try await dora.waitUntilReady()
                #expect(try await refusal("p00", from: anna, to: "dora").contains("PARTITIONS=3"))
                #expect(try await dora.stop() == 0)
            }
            // Another service's process of that name is not found.
            try await system.withProcess(
                .notifier, folder: "emma", settings: ["PROCESS_NAME": "emma", "OWNED_PARTITIONS": "none"]
            ) { emma in
                try await emma.start()
                try await emma.waitUntilReady()
                #expect(try await refusal("p00", from: anna, to: "emma").contains("is called emma"))
                #expect(try await emma.stop() == 0)
            }
            // A file of the partition that the target does not own: a restored one, perhaps.
            let file = system.data.appending(path: "berta/waitlist-p00.sqlite")
            try Data("a file".utf8).write(to: file)
            #expect(try await refusal("p00", from: anna, to: "berta").contains("already"))
            try FileManager.default.removeItem(at: file)
            try await expect(anna, has: ["p00", "p01"], berta, has: [])
            for process in [anna, berta] { try await process.waitUntilReady() }
        }
    }
}

import Contracts
import Foundation
import TestSupport
import Testing

/// A partition is given to a process with a data folder of its own (contract section 3, moves).
@Suite struct MoveTests: MovingPartitions {
    @Test(arguments: ServiceProcess.Kind.allCases)
    func `partitions move there and back under load, also over restarts, and everything takes effect once`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await run(kind) { system, anna, berta in
            try await expect(anna, has: ["p00", "p01"], berta, has: [])
            var scenarios = try await system.sendScenarios("there") {
                try await move("p01", from: anna, to: "berta")
                try await expect(anna, has: ["p00", "-p01"], berta, has: ["p01"])
                try await move("p00", from: anna, to: "berta")
                try await expect(anna, has: ["-p00", "-p01"], berta, has: ["p00", "p01"])
            }
            for process in [anna, berta] { try await process.waitUntilReady() }
            let name = kind.rawValue.replacing("Service", with: "").lowercased()
            let kept = try files(in: system.data).filter { $0.hasPrefix("\(name)-p01.sqlite") }
            #expect(kept.count == 1 && kept[0].contains(".moved-"), "\(kept)")
            scenarios += try await system.sendScenarios("restarts") {
                for process in [anna, berta] {
                    #expect(try await process.stop() == 0)
                    try await process.start()
                    try await process.waitUntilReady()
                }
                try await expect(anna, has: ["-p00", "-p01"], berta, has: ["p00", "p01"])
                await berta.kill()
                try await berta.start()
            }
            scenarios += try await system.sendScenarios("back") {
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

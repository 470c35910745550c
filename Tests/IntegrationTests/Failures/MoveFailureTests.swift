import Contracts
import Foundation
import TestSupport
import Testing

/// Whatever fails during a move, one file goes on, and it has everything (contract section 3, moves).
@Suite struct MoveFailureTests: MovingPartitions {
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
            var scenarios = try await system.sendScenarios("before") {
                #expect(try await victim.stop() == 0)
                try await victim.start(["CRASH_POINT": crash.point])
                try await victim.waitUntilReady()
            }
            scenarios += try await system.sendScenarios("crash") {
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
                !(try files(in: system.data.appending(path: "berta"))).contains { $0.contains("arriving") }
            }
            scenarios += try await system.sendScenarios("after") {
                if !crash.isMoved { try await move("p01", from: anna, to: "berta") }
                try await move("p01", from: berta, to: "anna")
                try await expect(anna, has: ["p00", "p01"], berta, has: ["-p01"])
            }
            try await finish(scenarios, on: system)
        }
    }

    @Test func `a source that is lost for ever after the decision is not missed`() async throws {
        try await run(.waitlist, services: [.application, .waitlist]) { system, anna, berta in
            let scenarios = try await system.sendScenarios("lost") {
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

    @Test func `if the broker is lost while a partition is copied, the partition stays`() async throws {
        try await run(.waitlist, services: [.application, .waitlist], ownBroker: true) { system, anna, berta in
            let scenarios = try await system.sendScenarios("broker") {}
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

    @Test func `if the target stops answering while a partition is copied, the partition stays`() async throws {
        try await run(.waitlist, services: [.application, .waitlist]) { system, anna, berta in
            let proxy = try BrokerProxy(to: system.url)
            defer { proxy.close() }
            #expect(try await berta.stop() == 0)
            try await berta.start(["AMQP_URL": try proxy.url(for: system.url)])
            try await berta.waitUntilReady()
            let scenarios = try await system.sendScenarios("frozen") {
                proxy.freeze()
                let output = try await anna.run("move", "p01", "--to", "berta")
                #expect(output.exitCode == 1 && output.stderr.contains("berta does not answer"), "\(output)")
                try await expect(anna, has: ["p00", "p01"], berta, has: [])
                proxy.resume()
            }
            // What berta receives only now is of a move that is over.
            try await eventually("it moves, and nothing is left of the first attempt", poll: .milliseconds(200)) {
                try await anna.run("move", "p01", "--to", "berta").exitCode == 0
            }
            try await expect(anna, has: ["p00", "-p01"], berta, has: ["p01"])
            try await move("p01", from: berta, to: "anna")
            try await eventually("berta keeps no copy", poll: .milliseconds(200)) {
                !(try files(in: system.data.appending(path: "berta"))).contains { $0.contains("arriving") }
            }
            try await finish(scenarios, on: system)
        }
    }
}

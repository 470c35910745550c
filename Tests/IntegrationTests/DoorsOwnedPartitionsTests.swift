import Contracts
import Foundation
import TestSupport
import Testing

/// Several processes of ApplicationService share the partitions (contract sections 3 and 9).
@Suite struct DoorsOwnedPartitionsTests {
    /// One application in each of the four partitions.
    private static let applications: [ID] = (0..<4).map { number in
        (0...).lazy.map { ID.trusted("shared-\($0)") }.first { Partition.of($0, count: 4).number == number } ?? "none"
    }

    @Test func `commands for another process's partitions go through the outbox and have one effect`() async throws {
        try await Stage.run(partitions: 4, services: [.waitlist]) { stage in
            try await stage.application.start(["OWNED_PARTITIONS": "0-1"])
            try await stage.application.waitUntilReady()
            try await stage.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "2-3"]) { other in
                try await other.start()
                try await other.waitUntilReady()
                try await play(on: stage, other: other, twice: true)
                // Half of the commands went on; each once, though they came twice.
                let first = try await stage.counters(stage.application)
                let commands = Crowd(application: "x", spots: 2, volunteers: 5, decliners: 1).commands.count
                #expect(first["deduplicated"] == 4 * commands, "\(first)")
                #expect(first["forwarded", default: 0] >= 2 * commands, "\(first)")
                #expect(try await stage.counters(other)["forwarded"] == nil)
                #expect(try await other.stop() == 0)
            }
        }
    }

    @Test func `what is for a process that is away waits for it`() async throws {
        try await Stage.run(partitions: 4, services: [.waitlist]) { stage in
            try await stage.application.start(["OWNED_PARTITIONS": "0-1"])
            try await stage.application.waitUntilReady()
            try await stage.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "2,3"]) { other in
                let crowds = Self.applications.map { Crowd(application: $0, spots: 2, volunteers: 5, decliners: 1) }
                for crowd in crowds { try await crowd.send(to: stage) }
                for crowd in crowds[..<2] {
                    try await stage.expect("the partitions that are served go on") {
                        stage.told(.available, about: crowd.application).count == 3
                    }
                }
                for crowd in crowds[2...] { #expect(stage.told(about: crowd.application).isEmpty) }
                try await other.start()
                for crowd in crowds { try await crowd.expectTold(on: stage) }
                await other.kill()
                try await other.start()
                try await other.waitUntilReady()
                try await stage.quiesce()
                for crowd in crowds { try await crowd.expectTold(on: stage) }
                #expect(try await other.stop() == 0)
            }
        }
    }

    @Test(arguments: ["relayed:2", "confirmed:2", "committed:3"])
    func `the process at the world's door dies while it sends on, and all has its effect once`(
        point: String
    ) async throws {
        try await Stage.run(partitions: 4, services: [.waitlist]) { stage in
            let owned = ["OWNED_PARTITIONS": "0-1"]
            try await stage.application.start(owned)
            try await stage.application.waitUntilReady()
            try await stage.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "2-3"]) { other in
                try await other.start()
                try await other.waitUntilReady()
                await stage.application.kill()
                try await stage.application.start(owned.merging(["CRASH_POINT": point]) { $1 })
                let crowds = Self.applications.map { Crowd(application: $0, spots: 2, volunteers: 5, decliners: 1) }
                for crowd in crowds { try await crowd.send(to: stage) }
                #expect(try await stage.application.waitForExit() == 128 + SIGKILL)
                try await stage.application.start(owned)
                for crowd in crowds { try await crowd.expectTold(on: stage) }
                #expect(try await other.stop() == 0)
            }
        }
    }

    @Test func `an id of a partition that is not served here is unknown here`() async throws {
        try await Stage.run(partitions: 4, services: []) { stage in
            let owned = ["OWNED_PARTITIONS": "0-1"]
            try await stage.application.start(owned)
            try await stage.application.waitUntilReady()
            for id in ["p00-1", "p01-1", "p02-1", "p77-1"] {
                let answer = try await stage.application.run("parked", "show", id, settings: owned)
                #expect(answer.exitCode == 1 && answer.lines == [], "\(id)")
            }
            let streams = try await stage.application.run("streams", settings: owned)
            #expect(streams.exitCode == 0)
        }
    }

    @Test func `who cannot own one of its partitions ends, and the owner goes on`() async throws {
        try await Stage.run(partitions: 4, services: []) { stage in
            try await stage.application.start(["OWNED_PARTITIONS": "0-1"])
            try await stage.application.waitUntilReady()
            try await stage.withProcess(.application, folder: "rival", settings: ["OWNED_PARTITIONS": "1-2"]) { rival in
                try await rival.start()
                let code = try? await rival.waitForExit()
                #expect(code != nil && code != 0, "\(rival.log)")
            }
            #expect(await stage.application.isReady)
        }
    }

    private func play(on stage: Stage, other: ServiceProcess, twice: Bool) async throws {
        let crowds = Self.applications.map { Crowd(application: $0, spots: 2, volunteers: 5, decliners: 1) }
        for crowd in crowds {
            for command in crowd.commands {
                for _ in 0..<(twice ? 2 : 1) { try await stage.send(command.message, messageID: command.id) }
            }
        }
        for crowd in crowds { try await crowd.expectTold(on: stage) }
    }
}

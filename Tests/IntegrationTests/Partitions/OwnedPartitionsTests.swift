import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// Several processes of ApplicationService divide the partitions (contract sections 3 and 9).
@Suite struct OwnedPartitionsTests {
    /// One application in each of the four partitions.
    private static let applications: [ID] = (0..<4).map { number in
        (0...).lazy.map { ID.trusted("shared-\($0)") }.first { Partition.of($0, count: 4).number == number } ?? "none"
    }

    @Test func `commands for another process's partitions are passed on without a commit, and have one effect`()
        async throws
    {
        try await TestSystem.run(partitions: 4, services: [.waitlist]) { system in
            try await system.application.start(["OWNED_PARTITIONS": "0-1"])
            try await system.application.waitUntilReady()
            try await system.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "2-3"]) {
                other in
                try await other.start()
                try await other.waitUntilReady()
                try await sendAndCheck(on: system, other: other, twice: true)
                // All commands were sent twice. Each process has dropped the second of those that it decides.
                let first = try await system.counters(system.application)
                let second = try await system.counters(other)
                let commands = Scenario(application: "x", spots: 2, volunteers: 5, decliners: 1).commands.count
                #expect(first["deduplicated"] == 2 * commands, "\(first)")
                #expect(second["deduplicated"] == 2 * commands, "\(second)")
                #expect(first["forwarded"] == nil && second["forwarded"] == nil)
                let passedOn = try await system.application.metrics().sum("waitlist_ingress_forwarded_total")
                #expect(passedOn >= Double(4 * commands))
                #expect(try await other.stop() == 0)
            }
        }
    }

    // Contract section 4: the partition that decides a command remembers it.
    @Test func `a duplicate is dropped after its partition got a process of its own, and after it came back`()
        async throws
    {
        try await TestSystem.run(partitions: 4, services: [.application, .waitlist]) { system in
            let id = Self.applications[1]
            try await system.create(id, spots: 1, messageID: "create")
            try await system.accept("early", id, messageID: "accept-early")
            try await system.decline("early", id, messageID: "decline-early")
            try await system.quiesce()
            #expect(try await system.application.stop() == 0)

            let split = ["OWNED_PARTITIONS": "0,2,3"]
            try await system.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "1"]) { other in
                let name = "application-p01.sqlite"
                try FileManager.default.moveItem(
                    at: system.data.appending(path: name), to: system.data.appending(path: "other/\(name)"))
                try await system.application.start(split)
                try await other.start()
                for process in [system.application, other] { try await process.waitUntilReady() }
                // If it was applied again, the volunteer would be confirmed.
                try await system.accept("early", id, messageID: "accept-early")
                try await system.accept("late", id, messageID: "accept-late")
                try await system.decline("late", id, messageID: "decline-late")
                try await system.quiesce()
                #expect(try await system.counters(other)["deduplicated"] == 1)
                for process in [system.application, other] { #expect(try await process.stop() == 0) }
                try FileManager.default.moveItem(
                    at: system.data.appending(path: "other/\(name)"), to: system.data.appending(path: name))
            }
            try await system.application.start()
            try await system.application.waitUntilReady()
            for volunteer in ["early", "late"] as [ID] {
                try await system.accept(volunteer, id, messageID: "accept-\(volunteer)")
            }
            try await system.quiesce()
            for volunteer in ["early", "late"] as [ID] {
                #expect(system.statuses(of: volunteer, about: id) == [.confirmed], "\(volunteer)")
            }
        }
    }

    @Test func `messages for a process that is down wait for it`() async throws {
        try await TestSystem.run(partitions: 4, services: [.waitlist]) { system in
            try await system.application.start(["OWNED_PARTITIONS": "0-1"])
            try await system.application.waitUntilReady()
            try await system.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "2,3"]) {
                other in
                let scenarios = Self.applications.map {
                    Scenario(application: $0, spots: 2, volunteers: 5, decliners: 1)
                }
                for scenario in scenarios { try await scenario.send(to: system) }
                for scenario in scenarios[..<2] {
                    try await system.waitUntil("the partitions of the running process continue") {
                        system.statusRecords(.available, about: scenario.application).count == 3
                    }
                }
                for scenario in scenarios[2...] { #expect(system.statusRecords(about: scenario.application).isEmpty) }
                try await other.start()
                for scenario in scenarios { try await scenario.expectOutcome(on: system) }
                await other.kill()
                try await other.start()
                try await other.waitUntilReady()
                try await system.quiesce()
                for scenario in scenarios { try await scenario.expectOutcome(on: system) }
                #expect(try await other.stop() == 0)
            }
        }
    }

    @Test(arguments: ["forwarded:1", "forward-confirmed:1", "committed:3"])
    func `if the process that forwards crashes, everything takes effect once`(
        point: String
    ) async throws {
        try await TestSystem.run(partitions: 4, services: [.waitlist]) { system in
            let owned = ["OWNED_PARTITIONS": "0-1"]
            try await system.application.start(owned)
            try await system.application.waitUntilReady()
            try await system.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "2-3"]) {
                other in
                try await other.start()
                try await other.waitUntilReady()
                await system.application.kill()
                try await system.application.start(owned.merging(["CRASH_POINT": point]) { $1 })
                let scenarios = Self.applications.map {
                    Scenario(application: $0, spots: 2, volunteers: 5, decliners: 1)
                }
                for scenario in scenarios { try await scenario.send(to: system) }
                #expect(try await system.application.waitForExit() == 128 + SIGKILL)
                try await system.application.start(owned)
                for scenario in scenarios { try await scenario.expectOutcome(on: system) }
                #expect(try await other.stop() == 0)
            }
        }
    }

    // Contract section 3: a queue that takes nothing does not hold up the commands for others.
    @Test func `commands for a partition whose queue is gone wait in the outbox`() async throws {
        try await TestSystem.run(partitions: 4, services: [.waitlist]) { system in
            try await system.application.start(["OWNED_PARTITIONS": "0-1"])
            try await system.application.waitUntilReady()
            let scenarios = Self.applications.map { Scenario(application: $0, spots: 2, volunteers: 5, decliners: 1) }
            try await system.brokerClient.perform { try $0.deleteQueue("application.p02") }
            for scenario in scenarios { try await scenario.send(to: system) }
            for scenario in scenarios[..<2] {
                try await system.waitUntil("the partitions of the process continue") {
                    system.statusRecords(.available, about: scenario.application).count == 3
                }
            }
            try await eventually("the commands for the missing queue are stored") {
                try await system.counters(system.application)["forwarded"] == scenarios[2].commands.count
            }
            try await system.withProcess(.application, folder: "other", settings: ["OWNED_PARTITIONS": "2-3"]) {
                other in
                try await other.start()
                for scenario in scenarios { try await scenario.expectOutcome(on: system) }
                #expect(try await other.stop() == 0)
            }
        }
    }

    // Each command changes what the one before it has done, so a wrong order would show.
    @Test func `the order is kept while another process takes the partitions, and when it gives them back`()
        async throws
    {
        try await TestSystem.run(partitions: 4, services: [.application, .waitlist]) { system in
            for id in Self.applications { try await system.create(id, spots: 1) }
            let shared = ["DATA_DIR": system.data.path]
            func sendPairs(_ range: Range<Int>) async throws {
                for number in range {
                    try await system.send(
                        Self.applications.flatMap { [.accepted(ID(number), $0), .declined(ID(number), $0)] })
                }
            }
            try await system.withProcess(.application, folder: "second", settings: shared) { second in
                try await sendPairs(0..<10)
                async let sending: Void = sendPairs(10..<60)
                try await second.start()
                try await second.waitUntilReady()
                try await sending
                async let more: Void = sendPairs(60..<110)
                #expect(try await second.stop() == 0)
                try await more
            }
            for id in Self.applications { try await system.accept("last", id) }
            try await system.quiesce()
            for id in Self.applications {
                // Had a decline overtaken its accept, the spot would be taken.
                #expect(system.statuses(of: "last", about: id) == [.confirmed], "\(id)")
                let statuses = (0..<110).map { system.statuses(of: ID($0), about: id) }
                #expect(statuses.allSatisfy { $0 == [.confirmed] }, "\(id)")
            }
        }
    }

    @Test func `an id of a partition of another process is unknown`() async throws {
        try await TestSystem.run(partitions: 4, services: []) { system in
            let owned = ["OWNED_PARTITIONS": "0-1"]
            try await system.application.start(owned)
            try await system.application.waitUntilReady()
            for id in ["p00-1", "p01-1", "p02-1", "p77-1"] {
                let answer = try await system.application.run("parked", "show", id, settings: owned)
                #expect(answer.exitCode == 1 && answer.lines == [], "\(id)")
            }
            let streams = try await system.application.run("streams", settings: owned)
            #expect(streams.exitCode == 0)
        }
    }

    @Test func `a process that cannot own one of its partitions exits, and the owner continues`() async throws {
        try await TestSystem.run(partitions: 4, services: []) { system in
            try await system.application.start(["OWNED_PARTITIONS": "0-1"])
            try await system.application.waitUntilReady()
            try await system.withProcess(.application, folder: "rival", settings: ["OWNED_PARTITIONS": "1-2"]) {
                rival in
                try await rival.start()
                let code = try? await rival.waitForExit()
                #expect(code != nil && code != 0, "\(rival.log)")
            }
            #expect(await system.application.isReady)
        }
    }

    private func sendAndCheck(on system: TestSystem, other: ServiceProcess, twice: Bool) async throws {
        let scenarios = Self.applications.map { Scenario(application: $0, spots: 2, volunteers: 5, decliners: 1) }
        for scenario in scenarios {
            for command in scenario.commands {
                for _ in 0..<(twice ? 2 : 1) { try await system.send(command.message, messageID: command.id) }
            }
        }
        for scenario in scenarios { try await scenario.expectOutcome(on: system) }
    }
}

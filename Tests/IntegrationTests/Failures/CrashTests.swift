import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// Processes that crash, hang or are stopped in the middle of their work (contract sections 4, 7 and 9).
@Suite struct CrashTests {
    /// The crash points, each with a count that the scenario is certain to reach.
    static let points = [
        "received:9", "decided:4", "committed:3", "acked:3", "relayed:3", "confirmed:2", "cursor-moved:2",
    ]

    static let applicationAndWaitlist: [ServiceProcess.Kind] = [.application, .waitlist]

    @Test(arguments: points) func `if ApplicationService crashes at any point, everything takes effect once`(
        point: String
    ) async throws {
        try await TestSystem.run { system in try await runWithCrash(of: system.application, at: point, on: system) }
    }

    @Test(arguments: points) func `if WaitlistService crashes at any point, everything takes effect once`(
        point: String
    ) async throws {
        try await TestSystem.run { system in try await runWithCrash(of: system.waitlist, at: point, on: system) }
    }

    @Test(arguments: points) func `if NotifierService crashes at any point, every user is notified once`(
        point: String
    ) async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            try await runWithCrash(of: system.notifier, at: point, on: system)
            let scenario = Scenario(application: 456)
            for number in 1...scenario.volunteers {
                let expected: [NotificationKind] = number <= scenario.spots ? [.confirmed] : [.waiting, .spotAvailable]
                #expect(system.kinds(to: Scenario.volunteer(number), about: 456) == expected, "volunteer \(number)")
            }
        }
    }

    private func runWithCrash(of service: ServiceProcess, at point: String, on system: TestSystem) async throws {
        let scenario = Scenario(application: 456)
        await service.kill()
        try await service.start(["CRASH_POINT": point])
        // In three parts, each awaited, so that no service can process everything in one commit.
        for (part, waiting) in [(0..<12, 6), (12..<19, 13), (19..<scenario.commands.count, 20)] {
            try await scenario.send(part, to: system)
            try await system.waitUntil("\(waiting) volunteers were notified that they wait, or the service has crashed")
            {
                if service.exitCode != nil { return true }
                let isDone = system.statusRecords(.waiting, about: 456).count >= waiting
                guard service.kind == .notifier else { return isDone }
                return system.notifications(about: 456).count { $0.kind == .waiting } >= waiting
            }
        }
        let code = try await service.waitForExit()
        #expect(code == 128 + SIGKILL)
        try await service.start()
        try await scenario.expectOutcome(on: system)
        try await system.expectExactlyOnce()
    }

    @Test func `a service that crashes repeatedly still completes its work`() async throws {
        try await TestSystem.run { system in
            let scenario = Scenario(application: "fragile")
            await system.application.kill()
            try await scenario.send(to: system)
            for point in ["received:9", "committed", "decided", "relayed", "confirmed", "acked"] {
                try await system.application.start(["CRASH_POINT": point])
                // With a new command for each crash, so that there is work to do.
                try await system.publishUntilConfirmed(.accepted(1, "unknown"), messageID: point)
                #expect(try await system.application.waitForExit() == 128 + SIGKILL)
            }
            try await system.application.start()
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
            #expect(system.statusRecords(.refused, about: "unknown").count == 6)
        }
    }

    @Test(arguments: applicationAndWaitlist) func `a service is killed and started while commands arrive`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(offerFactor: "2") { system in
            let scenarios = (1...4).map { Scenario(application: ID.trusted("stream-\($0)"), spots: 3, volunteers: 12) }
            let service = kind == .application ? system.application : system.waitlist
            for scenario in scenarios {
                try await scenario.send(0..<7, to: system)
                await service.kill()
                try await scenario.send(7..<scenario.commands.count, to: system)
                try await service.start()
            }
            try await system.waitUntil("all waiting volunteers were notified") {
                system.statusRecords(.waiting).count == 4 * 9
            }
            try await system.expectExactlyOnce()
            // Two spots became free, with two offers each: the first four on each list.
            for scenario in scenarios {
                let offered = system.statusRecords(.available, about: scenario.application).map(\.userID)
                #expect(offered == (4...7).map { Scenario.volunteer($0) }, "\(scenario.application)")
                #expect(system.statusRecords(.confirmed, about: scenario.application).count == 3)
            }
        }
    }

    @Test func `if each service crashes in a long job, no volunteer is left out or notified twice`() async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            let count = 2500
            let volunteers = (1...count).map { Scenario.volunteer($0) }
            try await system.create("long", spots: 1)
            try await system.accept("holder", "long")
            try await system.send(volunteers.map { .accepted($0, "long") })
            try await system.waitUntil("all wait") { system.statusRecords(.waiting).count == count }

            await system.waitlist.kill()
            try await system.waitlist.start(["CRASH_POINT": "work-step:1"])
            try await system.decline("holder", "long")
            #expect(try await system.waitlist.waitForExit() == 128 + SIGKILL)
            try await system.waitlist.start()
            try await system.waitUntil("all are notified of the spot") {
                system.statusRecords(.available).count >= count
            }
            #expect(system.statusRecords(.available).map(\.userID) == volunteers)

            await system.notifier.kill()
            try await system.notifier.start(["CRASH_POINT": "work-step:1"])
            try await system.update("long", name: "Другое дело")
            #expect(try await system.notifier.waitForExit() == 128 + SIGKILL)
            try await system.notifier.start()
            try await system.waitUntil("all are notified of the new name") {
                system.notifications(about: "long").count { $0.kind == .changed } >= count
            }

            await system.application.kill()
            try await system.application.start(["CRASH_POINT": "work-step:1"])
            try await system.cancel("long")
            #expect(try await system.application.waitForExit() == 128 + SIGKILL)
            try await system.application.start()
            try await system.waitUntil("all are notified of the cancellation") {
                system.statusRecords(.cancelled).count >= count
            }
            try await system.quiesce()
            #expect(Set(system.statusRecords(.cancelled).map(\.userID)) == Set(volunteers))
            #expect(system.statusRecords(.cancelled).count == count)
            // Every waiting volunteer got one notification of the change; the former holder of the spot got none.
            let notified = system.notifications(about: "long").filter { $0.kind == .changed }.map(\.userID)
            #expect(notified.count == count && Set(notified) == Set(volunteers))
        }
    }

    @Test(arguments: applicationAndWaitlist) func `SIGTERM during work loses nothing and repeats nothing`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run { system in
            let service = kind == .application ? system.application : system.waitlist
            try await system.create("busy", spots: 100)
            // Without a message_id, so that a repeated message would count twice.
            try await system.send((1...600).map { .accepted(Scenario.volunteer($0), "busy") })
            try await system.waitUntil("the work has begun") {
                system.statusRecords(kind == .application ? .confirmed : .waiting).count > 3
            }
            let code = try await service.stop(within: ServiceProcess.shutdownTime)
            #expect(code == 0, "\(service.logTail)")
            let before = try await system.counters(service)
            try await service.start()
            try await system.waitUntil("all were notified") {
                system.statusRecords(.waiting).count == 500
            }
            #expect(before["applied", default: 0] > 0)
            #expect(system.statusRecords(.confirmed).count == 100)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `a suspended service continues where it stopped`() async throws {
        try await TestSystem.run { system in
            let scenario = Scenario(application: "suspended")
            system.waitlist.signal(SIGSTOP)
            try await scenario.send(to: system)
            try await system.waitUntil("ApplicationService continues alone") {
                system.statusRecords(.confirmed).count == scenario.spots
            }
            #expect(system.statusRecords(.waiting).isEmpty)
            system.waitlist.signal(SIGCONT)
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test(arguments: applicationAndWaitlist)
    func `a service that was suspended until the broker closed its connection repeats nothing`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(services: []) { system in
            // With a heartbeat of 1 s, the broker closes a silent connection after 2 or 3 s.
            let settings = ["AMQP_URL": "\(system.url)?heartbeat=1"]
            for service in [system.application, system.waitlist] {
                try await service.start(settings)
                try await service.waitUntilReady()
            }
            let service = kind == .application ? system.application : system.waitlist
            let scenario = Scenario(application: "disconnected")
            try await scenario.send(0..<20, to: system)
            service.signal(SIGSTOP)
            try await scenario.send(20..<scenario.commands.count, to: system)
            let queue = kind == .application ? "application.p00" : "waitlist.p00"
            try await system.waitUntil("the broker closes its connection") {
                try await system.brokerClient.perform { try $0.consumerCount(queue) } == 0
            }
            service.signal(SIGCONT)
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test func `a message that ends the process is parked after MAX_ATTEMPTS, and those behind it take effect`()
        async throws
    {
        try await TestSystem.run(settings: ["MAX_ATTEMPTS": "4"], services: [.application]) { system in
            try await system.create("victim", spots: 2)
            try await system.waitUntil("it is created") {
                try await system.counters(system.application)["applied", default: 0] == 1
            }
            #expect(try await system.application.stop() == 0)
            try await system.accept("poison", "victim", messageID: "poison")
            try await system.accept("innocent", "victim", messageID: "innocent")
            // Delivered 0, 1, 2 and 3 times before: the last time alone, and on record.
            for _ in 0..<4 {
                try await system.application.start(["CRASH_POINT": "received"])
                #expect(try await system.application.waitForExit() == 128 + SIGKILL)
            }
            try await system.application.start()
            try await system.waitUntil("the other one is confirmed") {
                system.statusRecords(.confirmed, about: "victim").map(\.userID) == ["innocent"]
            }
            struct Parked: Decodable {
                let reason: String
            }
            let parked = try await system.application.items("parked", as: Parked.self)
            #expect(
                parked.map(\.reason) == ["the process ended while it was handled; it was delivered 4 times before"])
            #expect(system.application.log.contains("The process ended while this message was handled"))
        }
    }
}

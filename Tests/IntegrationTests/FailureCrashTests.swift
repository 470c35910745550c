import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// Processes that die, stand still or are ended in the middle of their work (contract sections 4, 7 and 9).
@Suite struct FailureCrashTests {
    /// The points on a message's way, with a number that the crowd's story reaches for certain.
    static let points = [
        "received:9", "decided:4", "committed:3", "acked:3", "relayed:3", "confirmed:2", "cursor-moved:2",
    ]

    static let gateAndList: [ServiceProcess.Kind] = [.application, .waitlist]

    @Test(arguments: points) func `ApplicationService dies at any point, and all has its effect once`(
        point: String
    ) async throws {
        try await Stage.run { stage in try await playWithCrash(of: stage.application, at: point, on: stage) }
    }

    @Test(arguments: points) func `WaitlistService dies at any point, and all has its effect once`(
        point: String
    ) async throws {
        try await Stage.run { stage in try await playWithCrash(of: stage.waitlist, at: point, on: stage) }
    }

    @Test(arguments: points) func `NotifierService dies at any point, and everybody hears each thing once`(
        point: String
    ) async throws {
        try await Stage.run(services: ServiceProcess.Kind.allCases) { stage in
            try await playWithCrash(of: stage.notifier, at: point, on: stage)
            let crowd = Crowd(application: 456)
            for number in 1...crowd.volunteers {
                let expected: [NotificationKind] = number <= crowd.spots ? [.confirmed] : [.waiting, .spotAvailable]
                #expect(stage.kinds(to: Crowd.volunteer(number), about: 456) == expected, "volunteer \(number)")
            }
        }
    }

    private func playWithCrash(of service: ServiceProcess, at point: String, on stage: Stage) async throws {
        let crowd = Crowd(application: 456)
        await service.kill()
        try await service.start(["CRASH_POINT": point])
        // In three parts, each waited for, so that no service can take all in one commit.
        for (part, waiting) in [(0..<12, 6), (12..<19, 13), (19..<crowd.commands.count, 20)] {
            try await crowd.send(part, to: stage)
            try await stage.expect("\(waiting) wait and were told so, or the service has died") {
                if service.exitCode != nil { return true }
                let isTold = stage.told(.waiting, about: 456).count >= waiting
                guard service.kind == .notifier else { return isTold }
                return stage.letters(about: 456).count { $0.kind == .waiting } >= waiting
            }
        }
        let code = try await service.waitForExit()
        #expect(code == 128 + SIGKILL)
        try await service.start()
        try await crowd.expectTold(on: stage)
        try await stage.expectExactlyOnce()
    }

    @Test func `a service that dies again and again gets through all the same`() async throws {
        try await Stage.run { stage in
            let crowd = Crowd(application: "fragile")
            await stage.application.kill()
            try await crowd.send(to: stage)
            for point in ["received:9", "committed", "decided", "relayed", "confirmed", "acked"] {
                try await stage.application.start(["CRASH_POINT": point])
                // One further in the work than the last; a command of its own, so that there is work.
                try await stage.insist(.accepted(1, "nobody's"), messageID: point)
                #expect(try await stage.application.waitForExit() == 128 + SIGKILL)
            }
            try await stage.application.start()
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
            #expect(stage.told(.refused, about: "nobody's").count == 6)
        }
    }

    @Test(arguments: gateAndList) func `a service is killed and started while commands stream in`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await Stage.run(offerFactor: "2") { stage in
            let crowds = (1...4).map { Crowd(application: ID.trusted("stream-\($0)"), spots: 3, volunteers: 12) }
            let service = kind == .application ? stage.application : stage.waitlist
            for crowd in crowds {
                try await crowd.send(0..<7, to: stage)
                await service.kill()
                try await crowd.send(7..<crowd.commands.count, to: stage)
                try await service.start()
            }
            try await stage.expect("all that wait know it") {
                stage.told(.waiting).count == 4 * 9
            }
            try await stage.expectExactlyOnce()
            // Two spots came free, two offers each: the first four on each list.
            for crowd in crowds {
                let offered = stage.told(.available, about: crowd.application).map(\.userID)
                #expect(offered == (4...7).map { Crowd.volunteer($0) }, "\(crowd.application)")
                #expect(stage.told(.confirmed, about: crowd.application).count == 3)
            }
        }
    }

    @Test func `each service dies in the steps of long work, and nobody is left out or told twice`() async throws {
        try await Stage.run(services: ServiceProcess.Kind.allCases) { stage in
            let count = 2500
            let volunteers = (1...count).map { Crowd.volunteer($0) }
            try await stage.create("long", spots: 1)
            try await stage.accept("holder", "long")
            try await stage.send(volunteers.map { .accepted($0, "long") })
            try await stage.expect("all wait") { stage.told(.waiting).count == count }

            await stage.waitlist.kill()
            try await stage.waitlist.start(["CRASH_POINT": "work-step:1"])
            try await stage.decline("holder", "long")
            #expect(try await stage.waitlist.waitForExit() == 128 + SIGKILL)
            try await stage.waitlist.start()
            try await stage.expect("all are told of the spot") {
                stage.told(.available).count >= count
            }
            #expect(stage.told(.available).map(\.userID) == volunteers)

            await stage.notifier.kill()
            try await stage.notifier.start(["CRASH_POINT": "work-step:1"])
            try await stage.update("long", name: "Другое дело")
            #expect(try await stage.notifier.waitForExit() == 128 + SIGKILL)
            try await stage.notifier.start()
            try await stage.expect("all hear of the new name") {
                stage.letters(about: "long").count { $0.kind == .changed } >= count
            }

            await stage.application.kill()
            try await stage.application.start(["CRASH_POINT": "work-step:1"])
            try await stage.cancel("long")
            #expect(try await stage.application.waitForExit() == 128 + SIGKILL)
            try await stage.application.start()
            try await stage.expect("all are told of the cancellation") {
                stage.told(.cancelled).count >= count
            }
            try await stage.quiesce()
            #expect(Set(stage.told(.cancelled).map(\.userID)) == Set(volunteers))
            #expect(stage.told(.cancelled).count == count)
            // Of the changes nobody's was lost or told twice; who held the only spot has left.
            let heard = stage.letters(about: "long").filter { $0.kind == .changed }.map(\.userID)
            #expect(heard.count == count && Set(heard) == Set(volunteers))
        }
    }

    @Test(arguments: gateAndList) func `SIGTERM with work in hand loses nothing and redoes nothing`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await Stage.run { stage in
            let service = kind == .application ? stage.application : stage.waitlist
            try await stage.create("busy", spots: 100)
            // Without a message_id: what is redone counts twice.
            try await stage.send((1...600).map { .accepted(Crowd.volunteer($0), "busy") })
            try await stage.expect("the work has begun") {
                stage.told(kind == .application ? .confirmed : .waiting).count > 3
            }
            let code = try await service.stop(within: ServiceProcess.timeToEnd)
            #expect(code == 0, "\(service.logTail)")
            let before = try await stage.counters(service)
            try await service.start()
            try await stage.expect("all know how it stands") {
                stage.told(.waiting).count == 500
            }
            #expect(before["applied", default: 0] > 0)
            #expect(stage.told(.confirmed).count == 100)
            try await stage.expectExactlyOnce()
        }
    }

    @Test func `a service that stood still goes on where it was`() async throws {
        try await Stage.run { stage in
            let crowd = Crowd(application: "still")
            stage.waitlist.signal(SIGSTOP)
            try await crowd.send(to: stage)
            try await stage.expect("the gate goes on alone") { stage.told(.confirmed).count == crowd.spots }
            #expect(stage.told(.waiting).isEmpty)
            stage.waitlist.signal(SIGCONT)
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
        }
    }

    @Test(arguments: gateAndList)
    func `a service that stood still until the broker gave it up comes back and does nothing twice`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await Stage.run(services: []) { stage in
            // A heartbeat of a second: the broker gives a silent connection up after two or three.
            let settings = ["AMQP_URL": "\(stage.url)?heartbeat=1"]
            for service in [stage.application, stage.waitlist] {
                try await service.start(settings)
                try await service.waitUntilReady()
            }
            let service = kind == .application ? stage.application : stage.waitlist
            let crowd = Crowd(application: "given-up")
            try await crowd.send(0..<20, to: stage)
            service.signal(SIGSTOP)
            try await crowd.send(20..<crowd.commands.count, to: stage)
            let queue = kind == .application ? "application.p00" : "waitlist.p00"
            try await stage.expect("the broker gives it up") {
                try await stage.outside.on { try $0.consumerCount(queue) } == 0
            }
            service.signal(SIGCONT)
            try await crowd.expectTold(on: stage)
            try await stage.expectExactlyOnce()
        }
    }
}

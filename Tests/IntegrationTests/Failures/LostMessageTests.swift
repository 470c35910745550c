import Contracts
import Foundation
import TestSupport
import Testing

/// Messages that somebody takes from between the services: the gap is found and closed by `resend` (contract section
/// 4).
@Suite struct LostMessageTests {
    @Test(arguments: [0, 4, -1]) func `a message stolen from the waiting list's queue comes again`(
        index: Int
    ) async throws {
        try await TestSystem.run { system in
            try await system.create("stolen", spots: 1)
            try await system.accept("holder", "stolen")
            try await system.quiesce()
            #expect(try await system.waitlist.stop() == 0)
            let volunteers = (1...8).map { Scenario.volunteer($0) }
            try await system.send(volunteers.map { .accepted($0, "stolen") })
            try await system.waitUntil("all lie in the queue") { try await system.depth("waitlist.p00") == 8 }
            _ = try await system.removeMessage(at: index, of: 8, from: "waitlist.p00")
            try await system.waitlist.start()
            // A last message is missed at the producer's next head, 30 s later at most, and asked for after 5 s more.
            try await system.waitUntil("all get onto the list") {
                system.statusRecords(.waiting, about: "stolen").count == 8
            }
            #expect(system.statusRecords(.waiting, about: "stolen").map(\.userID) == volunteers)
            #expect(system.statusRecords(.waiting, about: "stolen").map(\.position) == Array(1...8))
            try await system.expectExactlyOnce()
            // Those behind the hole were dropped and counted; nothing lay behind the last.
            let gaps = try await system.counters(system.waitlist)["gaps", default: 0]
            #expect(index == -1 ? gaps == 0 : gaps > 0)
        }
    }

    @Test(arguments: [0, -1]) func `a message stolen from the gate's queue comes again`(index: Int) async throws {
        try await TestSystem.run { system in
            try await system.create("stolen", spots: 1)
            try await system.accept("holder", "stolen")
            try await system.quiesce()
            #expect(try await system.waitlist.stop() == 0)
            let volunteers = (1...5).map { Scenario.volunteer($0) }
            try await system.send(volunteers.map { .accepted($0, "stolen") })
            try await system.waitUntil("all lie in the waiting list's queue") {
                try await system.depth("waitlist.p00") == 5
            }
            #expect(try await system.application.stop() == 0)
            try await system.waitlist.start()
            try await system.waitUntil("its answers lie in the gate's queue") {
                try await system.depth("application.p00") >= 5
            }
            let count = try await system.depth("application.p00")
            _ = try await system.removeMessage(at: index, of: count, from: "application.p00")
            try await system.application.start()
            try await system.waitUntil("all are told that they wait") {
                system.statusRecords(.waiting, about: "stolen").count == 5
            }
            #expect(system.statusRecords(.waiting, about: "stolen").map(\.userID) == volunteers)
            try await system.expectExactlyOnce()
        }
    }
}

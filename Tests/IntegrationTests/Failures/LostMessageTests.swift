import Contracts
import Foundation
import TestSupport
import Testing

/// Messages that are lost between the services: the gap is detected and closed by `resend` (contract section 4).
@Suite struct LostMessageTests {
    @Test(arguments: [0, 4, -1]) func `a message lost from WaitlistService's queue is sent again`(
        index: Int
    ) async throws {
        try await TestSystem.run { system in
            try await system.create("lost", spots: 1)
            try await system.accept("holder", "lost")
            try await system.quiesce()
            #expect(try await system.waitlist.stop() == 0)
            let volunteers = (1...8).map { Scenario.volunteer($0) }
            try await system.send(volunteers.map { .accepted($0, "lost") })
            try await system.waitUntil("all are in the queue") { try await system.depth("waitlist.p00") == 8 }
            _ = try await system.removeMessage(at: index, of: 8, from: "waitlist.p00")
            try await system.waitlist.start()
            // The loss of the last message is detected by the producer's next head, within 30 s, and requested 5 s
            // later.
            try await system.waitUntil("all are on the list") {
                system.statusRecords(.waiting, about: "lost").count == 8
            }
            #expect(system.statusRecords(.waiting, about: "lost").map(\.userID) == volunteers)
            #expect(system.statusRecords(.waiting, about: "lost").map(\.position) == Array(1...8))
            try await system.expectExactlyOnce()
            // Messages behind the gap are dropped and counted; there are none behind the last one.
            let gaps = try await system.counters(system.waitlist)["gaps", default: 0]
            #expect(index == -1 ? gaps == 0 : gaps > 0)
        }
    }

    @Test(arguments: [0, -1]) func `a message lost from ApplicationService's queue is sent again`(
        index: Int
    ) async throws {
        try await TestSystem.run { system in
            try await system.create("lost", spots: 1)
            try await system.accept("holder", "lost")
            try await system.quiesce()
            #expect(try await system.waitlist.stop() == 0)
            let volunteers = (1...5).map { Scenario.volunteer($0) }
            try await system.send(volunteers.map { .accepted($0, "lost") })
            try await system.waitUntil("all are in WaitlistService's queue") {
                try await system.depth("waitlist.p00") == 5
            }
            #expect(try await system.application.stop() == 0)
            try await system.waitlist.start()
            try await system.waitUntil("its answers are in ApplicationService's queue") {
                try await system.depth("application.p00") >= 5
            }
            let count = try await system.depth("application.p00")
            _ = try await system.removeMessage(at: index, of: count, from: "application.p00")
            try await system.application.start()
            try await system.waitUntil("all are notified that they wait") {
                system.statusRecords(.waiting, about: "lost").count == 5
            }
            #expect(system.statusRecords(.waiting, about: "lost").map(\.userID) == volunteers)
            try await system.expectExactlyOnce()
        }
    }
}

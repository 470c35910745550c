import Contracts
import Foundation
import TestSupport
import Testing

/// Messages that somebody takes from between the services: the gap is found and closed by `resend` (contract section
/// 4).
@Suite struct FailureStolenTests {
    @Test(arguments: [0, 4, -1]) func `a message stolen from the waiting list's queue comes again`(
        index: Int
    ) async throws {
        try await Stage.run { stage in
            try await stage.create("stolen", spots: 1)
            try await stage.accept("holder", "stolen")
            try await stage.quiesce()
            #expect(try await stage.waitlist.stop() == 0)
            let volunteers = (1...8).map { Crowd.volunteer($0) }
            try await stage.send(volunteers.map { .accepted($0, "stolen") })
            try await stage.expect("all lie in the queue") { try await stage.depth("waitlist.p00") == 8 }
            _ = try await stage.steal(index, of: 8, from: "waitlist.p00")
            try await stage.waitlist.start()
            // A last message is missed at the producer's next head, 30 s later at most, and asked for after 5 s more.
            try await stage.expect("all get onto the list") {
                stage.told(.waiting, about: "stolen").count == 8
            }
            #expect(stage.told(.waiting, about: "stolen").map(\.userID) == volunteers)
            #expect(stage.told(.waiting, about: "stolen").map(\.position) == Array(1...8))
            try await stage.expectExactlyOnce()
            // Those behind the hole were dropped and counted; nothing lay behind the last.
            let gaps = try await stage.counters(stage.waitlist)["gaps", default: 0]
            #expect(index == -1 ? gaps == 0 : gaps > 0)
        }
    }

    @Test(arguments: [0, -1]) func `a message stolen from the gate's queue comes again`(index: Int) async throws {
        try await Stage.run { stage in
            try await stage.create("stolen", spots: 1)
            try await stage.accept("holder", "stolen")
            try await stage.quiesce()
            #expect(try await stage.waitlist.stop() == 0)
            let volunteers = (1...5).map { Crowd.volunteer($0) }
            try await stage.send(volunteers.map { .accepted($0, "stolen") })
            try await stage.expect("all lie in the waiting list's queue") {
                try await stage.depth("waitlist.p00") == 5
            }
            #expect(try await stage.application.stop() == 0)
            try await stage.waitlist.start()
            try await stage.expect("its answers lie in the gate's queue") {
                try await stage.depth("application.p00") >= 5
            }
            let count = try await stage.depth("application.p00")
            _ = try await stage.steal(index, of: count, from: "application.p00")
            try await stage.application.start()
            try await stage.expect("all are told that they wait") {
                stage.told(.waiting, about: "stolen").count == 5
            }
            #expect(stage.told(.waiting, about: "stolen").map(\.userID) == volunteers)
            try await stage.expectExactlyOnce()
        }
    }
}

import Contracts
import Foundation
import TestSupport
import Testing

/// More spots, fewer spots, and none at all any more (rules 7, 9 and 11).
@Suite struct CapacityTests {
    // Rule 7; acceptance scenario 16.
    @Test func `raised with people waiting, so many spots are offered as were added`() async throws {
        try await Stage.run { stage in
            try await stage.fill(456, confirmed: 1...1, waiting: 2...6)
            try await stage.update(456, spots: 3)
            try await stage.quiesce()
            #expect(stage.reservations(456) == [2])
            #expect(stage.rounds(456).map(\.availableSpots) == [2])
            #expect(stage.offers(456).map(\.userID) == volunteers(2...6))

            try await stage.accept(6, 456)
            try await stage.quiesce()
            #expect(stage.told(.notChosen) == [])
            try await stage.accept(4, 456)
            try await stage.accept(2, 456)
            try await stage.quiesce()
            #expect(stage.told(.confirmed).map(\.userID) == [1, 6, 4])
            #expect(Set(stage.told(.notChosen).map(\.userID)) == [2, 3, 5] && stage.told(.notChosen).count == 3)
        }
    }

    // Rule 7: nobody waits, so the spots are simply there.
    @Test func `raised with nobody waiting, the next who come have the spots`() async throws {
        try await Stage.run { stage in
            try await stage.create(456, spots: 1)
            try await stage.accept(1, 456)
            try await stage.update(456, spots: 2)
            try await stage.accept(2, 456)
            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.heard(2) == [.confirmed])
            #expect(stage.heard(3) == [.waiting])
            #expect(stage.reservations(456) == [])
        }
    }

    // Rule 7.
    @Test func `lowered within what is free, only fewer spots are left`() async throws {
        try await Stage.run { stage in
            try await stage.create(456, spots: 5)
            for volunteer in volunteers(1...2) { try await stage.accept(volunteer, 456) }
            try await stage.update(456, spots: 3)
            for volunteer in volunteers(3...4) { try await stage.accept(volunteer, 456) }
            try await stage.quiesce()
            #expect(stage.told(.confirmed).map(\.userID) == [1, 2, 3])
            #expect(stage.heard(4) == [.waiting])
            #expect(stage.reservations(456) == [])
        }
    }

    // Rules 6 and 7; acceptance scenario 17.
    @Test func `lowered below the confirmed, nobody is removed and nothing is offered until it fits`() async throws {
        try await Stage.run { stage in
            try await stage.fill(456, confirmed: 1...3, waiting: 4...5)
            try await stage.update(456, spots: 2)
            try await stage.decline(1, 456)
            try await stage.accept(6, 456)
            try await stage.quiesce()
            #expect(stage.reservations(456) == [])
            #expect(stage.offers(456) == [])
            #expect(stage.heard(2) == [.confirmed] && stage.heard(3) == [.confirmed])
            #expect(stage.heard(6) == [.waiting])

            try await stage.decline(2, 456)
            try await stage.quiesce()
            #expect(stage.reservations(456) == [1])
            #expect(stage.offers(456).map(\.userID) == [4, 5, 6])
        }
    }

    // Rules 7 and 9; acceptance scenario 18.
    @Test func `lowered in a round so that no spot is left, those who held offers are not chosen`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...2, waiting: 3...4)
            try await stage.accept(5, 456)
            try await stage.expect("a newcomer waits") { stage.heard(5) == [.waiting] }
            try await stage.update(456, spots: 1)
            try await stage.quiesce()
            #expect(stage.reservations(456) == [1, 0])
            #expect(Set(stage.told(.notChosen).map(\.userID)) == [3, 4])

            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.heard(3) == [.waiting, .available, .notChosen])
            #expect(stage.heard(4) == [.waiting, .available, .notChosen])
            #expect(stage.heard(5) == [.waiting])
            #expect(stage.heard(2) == [.confirmed])
        }
    }

    // Rule 7: what is promised stays within what is free.
    @Test func `lowered in a round with spots left, only those that exist are won`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...3, waiting: 4...6)
            try await stage.decline(2, 456)
            try await stage.update(456, spots: 2)
            try await stage.quiesce()
            #expect(stage.reservations(456) == [1, 2, 1])
            #expect(stage.told(.notChosen) == [])
            try await stage.send(volunteers(4...6).map { .accepted($0, 456) })
            try await stage.quiesce()
            #expect(stage.told(.confirmed).map(\.userID) == [1, 2, 3, 4])
            #expect(Set(stage.told(.notChosen).map(\.userID)) == [5, 6] && stage.told(.notChosen).count == 2)
        }
    }

    // Rule 11; acceptance scenario 22.
    @Test func `cancelled in a round, all concerned are told once with the reason, and nothing after`() async throws {
        try await Stage.run(offerWindow: "PT4S") { stage in
            try await stage.openRelease(456, confirmed: 1...2, waiting: 3...4)
            try await stage.accept(5, 456)
            try await stage.expect("a newcomer waits") { stage.heard(5) == [.waiting] }
            let end = try #require(stage.offers(456).first?.expiresAt?.timestamp(in: .gmt))
            try await stage.cancel(456, reason: "дождь")
            try await stage.cancel(456, reason: "снег")
            try await stage.quiesce()
            #expect(stage.heard(1) == [.confirmed])
            #expect(stage.heard(2) == [.confirmed, .cancelled])
            #expect(stage.heard(3) == [.waiting, .available, .cancelled])
            #expect(stage.heard(4) == [.waiting, .available, .cancelled])
            #expect(stage.heard(5) == [.waiting, .cancelled])
            #expect(stage.told(.cancelled).allSatisfy { $0.reason == "дождь" })

            let before = stage.told().count
            for volunteer in volunteers(1...6) { try await stage.accept(volunteer, 456) }
            try await stage.decline(2, 456)
            try await stage.update(456, spots: 10)
            // The offers' end, too, passes in silence.
            try await stage.reach(end.advanced(by: .milliseconds(500)), "the offers' end")
            try await stage.quiesce()
            let after = stage.told().dropFirst(before)
            #expect(after.map(\.status) == Array(repeating: .refused, count: 7))
            #expect(after.allSatisfy { $0.reason == "application_cancelled" })
            #expect(stage.reservations(456) == [1])
            #expect(stage.rounds(456).count == 1)
        }
    }
}

import Contracts
import Foundation
import TestSupport
import Testing

/// How long offers hold, who gets them after whom, and what remains when they lapse (rules 3, 8, 15, 16).
@Suite struct OfferTests {
    // Rules 8, 15 and 16; acceptance scenario 9.
    @Test func `an offer that lapses opens the spot to all, and the waiting keep their places`() async throws {
        try await Stage.run(offerWindow: "PT4S") { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await stage.accept(4, 456)
            try await stage.expect("the newcomer waits") { stage.heard(4).first == .waiting }
            try await stage.expect("the release is over") { stage.reservations(456) == [1, 0] }
            try await stage.quiesce()
            // The newcomer was not told yet; the others know.
            #expect(stage.offers(456).map(\.userID) == [2, 3, 4])
            #expect(stage.told(4, .available).first?.expiresAt == nil)
            #expect(stage.told(.notChosen) == [])

            // First come, first served: a stranger as well as one of the list.
            try await stage.accept(5, 456)
            try await stage.quiesce()
            #expect(stage.heard(5) == [.confirmed])
            #expect(stage.told(.notChosen) == [])

            // They still wait, in their order.
            try await stage.decline(5, 456)
            try await stage.expect("a new round") { stage.rounds(456).contains { $0.release == 2 } }
            #expect(stage.rounds(456).last?.waitingVolunteers == [2, 3, 4])
        }
    }

    // Rule 3: from the list as well, after the end.
    @Test func `one of the list takes the spot that is open to all`() async throws {
        try await Stage.run(offerWindow: "PT2S") { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...4)
            try await stage.expect("the release is over") { stage.reservations(456) == [1, 0] }
            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.heard(3) == [.waiting, .available, .confirmed])
            // W has removed the winner: the next round is for the others.
            try await stage.decline(3, 456)
            try await stage.expect("a new round") { stage.rounds(456).contains { $0.release == 2 } }
            #expect(stage.rounds(456).last?.waitingVolunteers == [2, 4])
        }
    }

    // Rule 3: at most once per release.
    @Test func `a late accept when the spots are taken is answered once per release`() async throws {
        try await Stage.run(offerWindow: "PT2S") { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await stage.expect("the release is over") { stage.reservations(456) == [1, 0] }
            try await stage.accept(9, 456)
            for _ in 1...3 { try await stage.accept(2, 456) }
            try await stage.quiesce()
            #expect(stage.heard(9) == [.confirmed])
            #expect(stage.heard(2) == [.waiting, .available, .notChosen])
            #expect(stage.heard(3) == [.waiting, .available])

            try await stage.decline(9, 456)
            try await stage.expect("the second release is over") { stage.reservations(456) == [1, 0, 1, 0] }
            try await stage.accept(9, 456)
            for _ in 1...3 { try await stage.accept(2, 456) }
            try await stage.quiesce()
            #expect(stage.told(2, .notChosen).count == 2)
            #expect(stage.told(3, .notChosen).count == 0)
        }
    }

    // Rules 3 and 16; acceptance scenario 10. WaitlistService is frozen, so that the end is ApplicationService's to
    // see.
    @Test func `an accept before the end wins and one after it does not, to the millisecond`() async throws {
        try await Stage.run(offerWindow: "PT15S") { stage in
            try await stage.fill(456, confirmed: 1...30, waiting: 101...130)
            try await stage.send(volunteers(1...30).map { .declined($0, 456) })
            try await stage.expect("all hold offers for 30 spots") {
                stage.offers(456).count == 30 && stage.reservations(456).last == 30
            }
            let end = try #require(stage.offers(456).first?.expiresAt?.timestamp(in: .gmt))
            #expect(stage.offers(456).allSatisfy { $0.expiresAt?.timestamp(in: .gmt) == end })
            // What it has not read yet would be read after the lapse, and spots that come on top then are offered anew.
            try await stage.quiesce()
            stage.waitlist.signal(SIGSTOP)

            try await stage.accept(101, 456)
            for number in 102...129 {
                try await stage.reach(end.advanced(by: .milliseconds((number - 116) * 15)), "the time of \(number)")
                try await stage.accept(ID(number), 456)
            }
            try await stage.reach(end.advanced(by: .seconds(1)), "the end is past")
            try await stage.accept(130, 456)
            try await stage.expect("each has an answer") {
                Set(stage.told().filter { $0.status == .notChosen || $0.status == .confirmed }.map(\.userID))
                    .isSuperset(of: volunteers(101...130))
            }
            for number in 101...130 {
                let answer = try #require(stage.told(ID(number)).last)
                let decided = answer.timestamp.timestamp(in: .gmt)
                #expect(answer.status == (decided < end ? .confirmed : .notChosen), "\(number), decided at \(decided)")
            }
            #expect(stage.heard(101).last == .confirmed)
            #expect(stage.heard(130).last == .notChosen)

            stage.waitlist.signal(SIGCONT)
            try await stage.expect("the release is over") { stage.reservations(456).last == 0 }
            try await stage.accept(130, 456)
            try await stage.quiesce()
            #expect(stage.heard(130) == [.waiting, .available, .notChosen, .confirmed])
        }
    }

    // Rules 15 and 16: the list in its order, by lapse.
    @Test func `with offers to one, each gets theirs when the one before has lapsed`() async throws {
        try await Stage.run(offerFactor: "1", offerWindow: "PT2S") { stage in
            try await stage.fill(456, confirmed: 1...1, waiting: 2...4)
            try await stage.decline(1, 456)
            try await stage.expect("the release is over") { stage.reservations(456) == [1, 0] }
            try await stage.quiesce()
            #expect(stage.offers(456).map(\.userID) == [2, 3, 4])
            let ends = stage.offers(456).compactMap { $0.expiresAt?.timestamp(in: .gmt) }
            let told = stage.offers(456).map { $0.timestamp.timestamp(in: .gmt) }
            #expect(ends.count == 3 && told.count == 3)
            #expect(zip(ends, told.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(stage.told(.notChosen) == [])

            // The spot is open; who comes second hears that it is gone.
            try await stage.accept(3, 456)
            try await stage.accept(2, 456)
            try await stage.quiesce()
            #expect(stage.heard(3) == [.waiting, .available, .confirmed])
            #expect(stage.heard(2) == [.waiting, .available, .notChosen])
            #expect(stage.heard(4) == [.waiting, .available])
        }
    }

    // Rules 3, 5 and 15.
    @Test func `with offers to one, a decline passes the offer on and nobody jumps the queue`() async throws {
        try await Stage.run(offerFactor: "1") { stage in
            try await stage.fill(456, confirmed: 1...1, waiting: 2...4)
            try await stage.decline(1, 456)
            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.offers(456).map(\.userID) == [2])
            #expect(stage.heard(3) == [.waiting])

            try await stage.decline(2, 456)
            try await stage.quiesce()
            #expect(stage.offers(456).map(\.userID) == [2, 3])
            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.heard(3) == [.waiting, .available, .confirmed])
            #expect(stage.heard(4) == [.waiting])
        }
    }

    // Rule 15.
    @Test func `with offers to two per spot, twice as many hold offers as there are spots`() async throws {
        try await Stage.run(offerFactor: "2") { stage in
            try await stage.fill(456, confirmed: 1...2, waiting: 3...8)
            try await stage.decline(1, 456)
            try await stage.quiesce()
            #expect(stage.offers(456).map(\.userID) == [3, 4])
            try await stage.decline(2, 456)
            try await stage.quiesce()
            #expect(stage.offers(456).map(\.userID) == [3, 4, 5, 6])

            try await stage.accept(6, 456)
            try await stage.accept(4, 456)
            try await stage.quiesce()
            #expect(stage.told(.confirmed).suffix(2).map(\.userID) == [6, 4])
            #expect(Set(stage.told(.notChosen).map(\.userID)) == [3, 5] && stage.told(.notChosen).count == 2)
            #expect(stage.heard(7) == [.waiting] && stage.heard(8) == [.waiting])
        }
    }

    // Rules 15 and 16, two by two.
    @Test func `with offers to two per spot, the next two get theirs when the first have lapsed`() async throws {
        try await Stage.run(offerFactor: "2", offerWindow: "PT2S") { stage in
            try await stage.fill(456, confirmed: 1...1, waiting: 2...5)
            try await stage.decline(1, 456)
            try await stage.expect("the release is over") { stage.reservations(456) == [1, 0] }
            try await stage.quiesce()
            #expect(stage.rounds(456).map(\.waitingVolunteers) == [[2, 3], [4, 5], []])
            #expect(stage.rounds(456).map { $0.expiresAt != nil } == [true, true, false])
            #expect(stage.offers(456).map(\.userID) == [2, 3, 4, 5])
            #expect(stage.told(.notChosen) == [])
        }
    }
}

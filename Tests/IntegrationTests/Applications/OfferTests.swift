import Contracts
import Foundation
import TestSupport
import Testing

/// How long offers are valid, in which order they are made, and what happens when they lapse (rules 3, 8, 15 and 16).
@Suite struct OfferTests {
    // Rules 8, 15 and 16; acceptance scenario 9.
    @Test func `when offers lapse the spot is open to all, and waiting volunteers keep their positions`() async throws {
        try await TestSystem.run(offerWindow: "PT4S") { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.accept(4, 456)
            try await system.waitUntil("the newcomer waits") { system.statuses(of: 4).first == .waiting }
            try await system.waitUntil("the release is over") { system.reservations(456) == [1, 0] }
            try await system.quiesce()
            // Only the newcomer is notified; the others had offers.
            #expect(system.offers(456).map(\.userID) == [2, 3, 4])
            #expect(system.statusRecords(4, .available).first?.expiresAt == nil)
            #expect(system.statusRecords(.notChosen) == [])

            // First come, first served, also for a volunteer who is not on the list.
            try await system.accept(5, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 5) == [.confirmed])
            #expect(system.statusRecords(.notChosen) == [])

            // The others still wait, in their order.
            try await system.decline(5, 456)
            try await system.waitUntil("a new round") { system.rounds(456).contains { $0.release == 2 } }
            #expect(system.rounds(456).last?.waitingVolunteers == [2, 3, 4])
        }
    }

    // Rule 3: also a waiting volunteer, after the offers have lapsed.
    @Test func `a waiting volunteer takes a spot that is open to all`() async throws {
        try await TestSystem.run(offerWindow: "PT2S") { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...4)
            try await system.waitUntil("the release is over") { system.reservations(456) == [1, 0] }
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .confirmed])
            // WaitlistService has removed this volunteer: the next round is for the others.
            try await system.decline(3, 456)
            try await system.waitUntil("a new round") { system.rounds(456).contains { $0.release == 2 } }
            #expect(system.rounds(456).last?.waitingVolunteers == [2, 4])
        }
    }

    // Rule 3: at most once per release.
    @Test func `a late accept after the spots are taken gets one answer per release`() async throws {
        try await TestSystem.run(offerWindow: "PT2S") { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.waitUntil("the release is over") { system.reservations(456) == [1, 0] }
            try await system.accept(9, 456)
            for _ in 1...3 { try await system.accept(2, 456) }
            try await system.quiesce()
            #expect(system.statuses(of: 9) == [.confirmed])
            #expect(system.statuses(of: 2) == [.waiting, .available, .notChosen])
            #expect(system.statuses(of: 3) == [.waiting, .available])

            try await system.decline(9, 456)
            try await system.waitUntil("the second release is over") { system.reservations(456) == [1, 0, 1, 0] }
            try await system.accept(9, 456)
            for _ in 1...3 { try await system.accept(2, 456) }
            try await system.quiesce()
            #expect(system.statusRecords(2, .notChosen).count == 2)
            #expect(system.statusRecords(3, .notChosen).count == 0)
        }
    }

    // Rules 3 and 16; acceptance scenario 10. WaitlistService is suspended, so that only ApplicationService decides.
    @Test func `an accept before the end of the offer succeeds and a later one does not, to the millisecond`()
        async throws
    {
        try await TestSystem.run(offerWindow: "PT15S") { system in
            try await system.fillApplication(456, confirmed: 1...30, waiting: 101...130)
            try await system.send(volunteers(1...30).map { .declined($0, 456) })
            try await system.waitUntil("all hold offers for 30 spots") {
                system.offers(456).count == 30 && system.reservations(456).last == 30
            }
            let end = try #require(system.offers(456).first?.expiresAt?.timestamp(in: .gmt))
            #expect(system.offers(456).allSatisfy { $0.expiresAt?.timestamp(in: .gmt) == end })
            // Messages that WaitlistService reads only after the lapse would start new offers.
            try await system.quiesce()
            system.waitlist.signal(SIGSTOP)

            try await system.accept(101, 456)
            for number in 102...129 {
                try await system.wait(
                    until: end.advanced(by: .milliseconds((number - 116) * 15)), "the time of \(number)")
                try await system.accept(ID(number), 456)
            }
            try await system.wait(until: end.advanced(by: .seconds(1)), "the end is past")
            try await system.accept(130, 456)
            try await system.waitUntil("each has an answer") {
                Set(system.statusRecords().filter { $0.status == .notChosen || $0.status == .confirmed }.map(\.userID))
                    .isSuperset(of: volunteers(101...130))
            }
            for number in 101...130 {
                let answer = try #require(system.statusRecords(ID(number)).last)
                let decided = answer.timestamp.timestamp(in: .gmt)
                #expect(answer.status == (decided < end ? .confirmed : .notChosen), "\(number), decided at \(decided)")
            }
            #expect(system.statuses(of: 101).last == .confirmed)
            #expect(system.statuses(of: 130).last == .notChosen)

            system.waitlist.signal(SIGCONT)
            try await system.waitUntil("the release is over") { system.reservations(456).last == 0 }
            try await system.accept(130, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 130) == [.waiting, .available, .notChosen, .confirmed])
        }
    }

    // Rules 15 and 16: in the order of the list, one after the other.
    @Test func `with OFFER_FACTOR=1 each offer follows the lapse of the one before`() async throws {
        try await TestSystem.run(offerFactor: "1", offerWindow: "PT2S") { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...4)
            try await system.decline(1, 456)
            try await system.waitUntil("the release is over") { system.reservations(456) == [1, 0] }
            try await system.quiesce()
            #expect(system.offers(456).map(\.userID) == [2, 3, 4])
            let ends = system.offers(456).compactMap { $0.expiresAt?.timestamp(in: .gmt) }
            let sent = system.offers(456).map { $0.timestamp.timestamp(in: .gmt) }
            #expect(ends.count == 3 && sent.count == 3)
            #expect(zip(ends, sent.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(system.statusRecords(.notChosen) == [])

            // The spot is open; the second to accept is not chosen.
            try await system.accept(3, 456)
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .confirmed])
            #expect(system.statuses(of: 2) == [.waiting, .available, .notChosen])
            #expect(system.statuses(of: 4) == [.waiting, .available])
        }
    }

    // Rules 3, 5 and 15.
    @Test func `with OFFER_FACTOR=1 a decline passes the offer to the next, and no one skips ahead`() async throws {
        try await TestSystem.run(offerFactor: "1") { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...4)
            try await system.decline(1, 456)
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.offers(456).map(\.userID) == [2])
            #expect(system.statuses(of: 3) == [.waiting])

            try await system.decline(2, 456)
            try await system.quiesce()
            #expect(system.offers(456).map(\.userID) == [2, 3])
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .confirmed])
            #expect(system.statuses(of: 4) == [.waiting])
        }
    }

    // Rule 15.
    @Test func `with OFFER_FACTOR=2 there are two offers per spot`() async throws {
        try await TestSystem.run(offerFactor: "2") { system in
            try await system.fillApplication(456, confirmed: 1...2, waiting: 3...8)
            try await system.decline(1, 456)
            try await system.quiesce()
            #expect(system.offers(456).map(\.userID) == [3, 4])
            try await system.decline(2, 456)
            try await system.quiesce()
            #expect(system.offers(456).map(\.userID) == [3, 4, 5, 6])

            try await system.accept(6, 456)
            try await system.accept(4, 456)
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).suffix(2).map(\.userID) == [6, 4])
            #expect(
                Set(system.statusRecords(.notChosen).map(\.userID)) == [3, 5]
                    && system.statusRecords(.notChosen).count == 2)
            #expect(system.statuses(of: 7) == [.waiting] && system.statuses(of: 8) == [.waiting])
        }
    }

    // Rules 15 and 16.
    @Test func `with OFFER_FACTOR=2 the next two offers follow the lapse of the first two`() async throws {
        try await TestSystem.run(offerFactor: "2", offerWindow: "PT2S") { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...5)
            try await system.decline(1, 456)
            try await system.waitUntil("the release is over") { system.reservations(456) == [1, 0] }
            try await system.quiesce()
            #expect(system.rounds(456).map(\.waitingVolunteers) == [[2, 3], [4, 5], []])
            #expect(system.rounds(456).map { $0.expiresAt != nil } == [true, true, false])
            #expect(system.offers(456).map(\.userID) == [2, 3, 4, 5])
            #expect(system.statusRecords(.notChosen) == [])
        }
    }
}

import Contracts
import Foundation
import TestSupport
import Testing

/// Who gets a spot, who waits for one, and what everybody hears while spots are promised to the list.
@Suite struct ReleaseTests {
    // Rule 2; acceptance scenario 1.
    @Test func `of 50 who respond at once for 5 spots exactly 5 are confirmed and 45 wait in order`() async throws {
        try await Stage.run { stage in
            try await stage.create(456, spots: 5)
            try await stage.send(volunteers(1...50).map { .accepted($0, 456) })
            try await stage.quiesce()
            #expect(stage.told(.confirmed).map(\.userID) == volunteers(1...5))
            #expect(stage.told(.waiting).map(\.position) == Array(1...45))
            #expect(stage.told(.waiting).map(\.userID) == volunteers(6...50))
            #expect(stage.sentToTheList(456) == volunteers(6...50))
            #expect(stage.told().count == 50)
        }
    }

    // Rules 2 and 12, over many connections: who comes first is the broker's to say, the numbers are not.
    @Test func `of 50 who respond over ten connections exactly 5 are confirmed, with places 1 to 45`() async throws {
        try await Stage.run { stage in
            try await stage.create(456, spots: 5)
            try await stage.sendInParallel(volunteers(1...50).map { .accepted($0, 456) }, connections: 10)
            try await stage.quiesce()
            #expect(stage.told(.confirmed).count == 5)
            #expect(stage.told(.waiting).map(\.position) == Array(1...45))
            #expect(stage.told(.waiting).map(\.userID) == stage.sentToTheList(456))
            #expect(Set(stage.told().map(\.userID)) == Set(volunteers(1...50)) && stage.told().count == 50)
        }
    }

    // Rules 6, 8, 9; acceptance scenario 5.
    @Test func `a second drop-out during open offers tells nobody twice, and both spots are won`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...2, waiting: 3...5)
            try await stage.decline(2, 456)
            try await stage.quiesce()
            #expect(stage.reservations(456) == [1, 2])
            #expect(stage.offers(456).map(\.userID) == volunteers(3...5))

            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.told(.confirmed).map(\.userID) == [1, 2, 3])
            #expect(stage.told(.notChosen) == [])

            try await stage.accept(4, 456)
            try await stage.quiesce()
            #expect(stage.told(.confirmed).map(\.userID) == [1, 2, 3, 4])
            #expect(stage.told(.notChosen).map(\.userID) == [5])
            #expect(stage.offers(456).count == 3)
        }
    }

    // Rules 3 and 9; acceptance scenario 3.
    @Test func `ten who accept one spot in parallel are one confirmed and nine not chosen`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 11...20)
            try await stage.sendInParallel(volunteers(11...20).map { .accepted($0, 456) }, connections: 10)
            try await stage.quiesce()
            let winners = stage.told(.confirmed).map(\.userID).filter { $0 != 1 }
            #expect(winners.count == 1)
            let losers = stage.told(.notChosen).map(\.userID)
            #expect(losers.count == 9 && Set(losers) == Set(volunteers(11...20)).subtracting(winners))
        }
    }

    // Rule 4; acceptance scenario 4.
    @Test func `a winner's accept that comes again changes nothing and tells nothing`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await stage.accept(2, 456)
            try await stage.quiesce()
            let before = stage.watch.count { $0.isOurs && !Marker.isIn($0) }
            try await stage.accept(2, 456)
            try await stage.accept(2, 456)
            try await stage.quiesce()
            #expect(stage.watch.count { $0.isOurs && !Marker.isIn($0) } == before)
            #expect(stage.heard(2) == [.waiting, .available, .confirmed])
        }
    }

    // Rules 4 and 6: a drop-out is one, however often it is said.
    @Test func `a drop-out that comes again starts one round`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...2, waiting: 3...4)
            try await stage.decline(1, 456)
            try await stage.decline(99, 456)
            try await stage.quiesce()
            #expect(stage.reservations(456) == [1])
            #expect(stage.offers(456).count == 2)
            #expect(stage.heard(99) == [])
        }
    }

    // Rule 2, promised spots are not for newcomers; acceptance scenario 8.
    @Test func `a newcomer during a release waits at the end and cannot take the spot`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await stage.accept(4, 456)
            try await stage.accept(4, 456)
            try await stage.quiesce()
            #expect(stage.heard(4) == [.waiting])
            #expect(stage.told(4).first?.position == 3)

            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.heard(3) == [.waiting, .available, .confirmed])
            #expect(stage.heard(2) == [.waiting, .available, .notChosen])
            // Nothing was ever offered to the newcomer, so nothing was lost.
            #expect(stage.heard(4) == [.waiting])
        }
    }

    // Rules 5 and 12; acceptance scenario 12.
    @Test func `who leaves the list and comes back has the last place`() async throws {
        try await Stage.run { stage in
            try await stage.fill(456, confirmed: 1...1, waiting: 2...4)
            try await stage.decline(2, 456)
            try await stage.accept(2, 456)
            try await stage.quiesce()
            #expect(stage.told(2).map(\.position) == [1, 3])
            try await stage.decline(1, 456)
            try await stage.quiesce()
            #expect(stage.rounds(456).flatMap(\.waitingVolunteers) == [3, 4, 2])
        }
    }

    // Rule 5; acceptance scenario 11.
    @Test func `who declines while holding an offer is out, and the others' offers hold`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await stage.decline(2, 456)
            try await stage.accept(2, 456)
            try await stage.quiesce()
            // Back again as a newcomer, behind an offer to somebody else.
            #expect(stage.heard(2) == [.waiting, .available, .waiting])
            #expect(stage.heard(3) == [.waiting, .available])
            try await stage.accept(3, 456)
            try await stage.quiesce()
            #expect(stage.heard(3) == [.waiting, .available, .confirmed])
        }
    }

    // Rules 1, 5 and 2: nobody waits, so nothing is promised.
    @Test func `when everybody declines the spot is free for the next who comes`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await stage.decline(2, 456)
            try await stage.decline(3, 456)
            try await stage.accept(4, 456)
            try await stage.quiesce()
            #expect(stage.reservations(456).last == 0)
            #expect(stage.heard(4) == [.confirmed])
            #expect(stage.told(.notChosen) == [])
        }
    }

    // Rules 1 and 6; acceptance scenario 24.
    @Test func `a winner who drops out again starts a release with a number of its own`() async throws {
        try await Stage.run { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...4)
            try await stage.accept(2, 456)
            try await stage.quiesce()
            try await stage.decline(2, 456)
            try await stage.quiesce()
            #expect(stage.rounds(456).map(\.release) == [1, 2])
            #expect(stage.rounds(456).last?.waitingVolunteers == [3, 4])
            try await stage.accept(4, 456)
            try await stage.quiesce()
            #expect(stage.heard(3) == [.waiting, .available, .notChosen, .available, .notChosen])
            #expect(stage.heard(4) == [.waiting, .available, .notChosen, .available, .confirmed])
        }
    }

    // Rule 11: words change, offers don't.
    @Test func `a new name while a release is open leaves the offers as they are`() async throws {
        try await Stage.run(offerWindow: "PT4S") { stage in
            try await stage.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await stage.update(456, name: "Уборка парка")
            try await stage.expect("the notifier hears of the name") {
                stage.watch.recorded(by: .application, .update).count >= 2
            }
            #expect(stage.offers(456).count == 2)
            // The release still comes to its end, though ApplicationService counts one message more (`seen`).
            try await stage.expect("the release is over") { stage.reservations(456).last == 0 }
            try await stage.quiesce()
            try await stage.accept(4, 456)
            try await stage.quiesce()
            #expect(stage.heard(4) == [.confirmed])
            #expect(stage.heard(2) == [.waiting, .available])
            #expect(stage.heard(3) == [.waiting, .available])
        }
    }
}

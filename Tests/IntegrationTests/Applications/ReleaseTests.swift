import Contracts
import Foundation
import TestSupport
import Testing

/// Who gets a spot, who waits for one, and what everybody hears while spots are promised to the list.
@Suite struct ReleaseTests {
    // Rule 2; acceptance scenario 1.
    @Test func `of 50 who respond at once for 5 spots exactly 5 are confirmed and 45 wait in order`() async throws {
        try await TestSystem.run { system in
            try await system.create(456, spots: 5)
            try await system.send(volunteers(1...50).map { .accepted($0, 456) })
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID) == volunteers(1...5))
            #expect(system.statusRecords(.waiting).map(\.position) == Array(1...45))
            #expect(system.statusRecords(.waiting).map(\.userID) == volunteers(6...50))
            #expect(system.waitlisted(456) == volunteers(6...50))
            #expect(system.statusRecords().count == 50)
        }
    }

    // Rules 2 and 12, over many connections: who comes first is the broker's to say, the numbers are not.
    @Test func `of 50 who respond over ten connections exactly 5 are confirmed, with places 1 to 45`() async throws {
        try await TestSystem.run { system in
            try await system.create(456, spots: 5)
            try await system.sendInParallel(volunteers(1...50).map { .accepted($0, 456) }, connections: 10)
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).count == 5)
            #expect(system.statusRecords(.waiting).map(\.position) == Array(1...45))
            #expect(system.statusRecords(.waiting).map(\.userID) == system.waitlisted(456))
            #expect(
                Set(system.statusRecords().map(\.userID)) == Set(volunteers(1...50))
                    && system.statusRecords().count == 50)
        }
    }

    // Rules 6, 8, 9; acceptance scenario 5.
    @Test func `a second drop-out during open offers tells nobody twice, and both spots are won`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...2, waiting: 3...5)
            try await system.decline(2, 456)
            try await system.quiesce()
            #expect(system.reservations(456) == [1, 2])
            #expect(system.offers(456).map(\.userID) == volunteers(3...5))

            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID) == [1, 2, 3])
            #expect(system.statusRecords(.notChosen) == [])

            try await system.accept(4, 456)
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID) == [1, 2, 3, 4])
            #expect(system.statusRecords(.notChosen).map(\.userID) == [5])
            #expect(system.offers(456).count == 3)
        }
    }

    // Rules 3 and 9; acceptance scenario 3.
    @Test func `ten who accept one spot in parallel are one confirmed and nine not chosen`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 11...20)
            try await system.sendInParallel(volunteers(11...20).map { .accepted($0, 456) }, connections: 10)
            try await system.quiesce()
            let winners = system.statusRecords(.confirmed).map(\.userID).filter { $0 != 1 }
            #expect(winners.count == 1)
            let losers = system.statusRecords(.notChosen).map(\.userID)
            #expect(losers.count == 9 && Set(losers) == Set(volunteers(11...20)).subtracting(winners))
        }
    }

    // Rule 4; acceptance scenario 4.
    @Test func `a winner's accept that comes again changes nothing and tells nothing`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.accept(2, 456)
            try await system.quiesce()
            let before = system.recorder.count { $0.isOurs && !Marker.isIn($0) }
            try await system.accept(2, 456)
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.recorder.count { $0.isOurs && !Marker.isIn($0) } == before)
            #expect(system.statuses(of: 2) == [.waiting, .available, .confirmed])
        }
    }

    // Rules 4 and 6: a drop-out is one, however often it is said.
    @Test func `a drop-out that comes again starts one round`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...2, waiting: 3...4)
            try await system.decline(1, 456)
            try await system.decline(99, 456)
            try await system.quiesce()
            #expect(system.reservations(456) == [1])
            #expect(system.offers(456).count == 2)
            #expect(system.statuses(of: 99) == [])
        }
    }

    // Rule 2, promised spots are not for newcomers; acceptance scenario 8.
    @Test func `a newcomer during a release waits at the end and cannot take the spot`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.accept(4, 456)
            try await system.accept(4, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 4) == [.waiting])
            #expect(system.statusRecords(4).first?.position == 3)

            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .confirmed])
            #expect(system.statuses(of: 2) == [.waiting, .available, .notChosen])
            // Nothing was ever offered to the newcomer, so nothing was lost.
            #expect(system.statuses(of: 4) == [.waiting])
        }
    }

    // Rules 5 and 12; acceptance scenario 12.
    @Test func `who leaves the list and comes back has the last place`() async throws {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...4)
            try await system.decline(2, 456)
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.statusRecords(2).map(\.position) == [1, 3])
            try await system.decline(1, 456)
            try await system.quiesce()
            #expect(system.rounds(456).flatMap(\.waitingVolunteers) == [3, 4, 2])
        }
    }

    // Rule 5; acceptance scenario 11.
    @Test func `who declines while holding an offer is out, and the others' offers hold`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.decline(2, 456)
            try await system.accept(2, 456)
            try await system.quiesce()
            // Back again as a newcomer, behind an offer to somebody else.
            #expect(system.statuses(of: 2) == [.waiting, .available, .waiting])
            #expect(system.statuses(of: 3) == [.waiting, .available])
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .confirmed])
        }
    }

    // Rules 1, 5 and 2: nobody waits, so nothing is promised.
    @Test func `when everybody declines the spot is free for the next who comes`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.decline(2, 456)
            try await system.decline(3, 456)
            try await system.accept(4, 456)
            try await system.quiesce()
            #expect(system.reservations(456).last == 0)
            #expect(system.statuses(of: 4) == [.confirmed])
            #expect(system.statusRecords(.notChosen) == [])
        }
    }

    // Rules 1 and 6; acceptance scenario 24.
    @Test func `a winner who drops out again starts a release with a number of its own`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...4)
            try await system.accept(2, 456)
            try await system.quiesce()
            try await system.decline(2, 456)
            try await system.quiesce()
            #expect(system.rounds(456).map(\.release) == [1, 2])
            #expect(system.rounds(456).last?.waitingVolunteers == [3, 4])
            try await system.accept(4, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .notChosen, .available, .notChosen])
            #expect(system.statuses(of: 4) == [.waiting, .available, .notChosen, .available, .confirmed])
        }
    }

    // Rule 11: words change, offers don't.
    @Test func `a new name while a release is open leaves the offers as they are`() async throws {
        try await TestSystem.run(offerWindow: "PT4S") { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.update(456, name: "Уборка парка")
            try await system.waitUntil("the notifier hears of the name") {
                system.recorder.recorded(by: .application, .update).count >= 2
            }
            #expect(system.offers(456).count == 2)
            // The release still comes to its end, though ApplicationService counts one message more (`seen`).
            try await system.waitUntil("the release is over") { system.reservations(456).last == 0 }
            try await system.quiesce()
            try await system.accept(4, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 4) == [.confirmed])
            #expect(system.statuses(of: 2) == [.waiting, .available])
            #expect(system.statuses(of: 3) == [.waiting, .available])
        }
    }
}

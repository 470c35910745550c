import Contracts
import Foundation
import TestSupport
import Testing

/// Who gets a spot, who waits, and who is notified while spots are reserved for the list.
@Suite struct ReleaseTests {
    // Rule 2; acceptance scenario 1.
    @Test func `of 50 simultaneous responses for 5 spots exactly 5 are confirmed, and 45 wait in order`() async throws {
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

    // Rules 2 and 12, over several connections: the broker decides the order.
    @Test func `of 50 responses over ten connections exactly 5 are confirmed, and positions are 1 to 45`() async throws
    {
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
    @Test func `a second decline during a round repeats no offer, and both spots are claimed`() async throws {
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

    // Rules 1 and 6.
    @Test func `spots that the list cannot use are open to newcomers at once, and those who wait are told`()
        async throws
    {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...5, waiting: 6...6)
            for volunteer in 2...3 {
                try await system.decline(.trusted("\(volunteer)"), 456)
                try await system.quiesce()
            }
            #expect(system.reservations(456) == [1], "one waits, so one spot is reserved")
            let told = system.statusRecords(.available)
            #expect(told.map(\.userID) == [6, 6, 6])
            #expect(told.map { $0.expiresAt != nil } == [true, false, false], "an offer, then two open spots")

            try await system.accept(7, 456)
            try await system.accept(8, 456)
            try await system.accept(9, 456)
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID).suffix(2) == [7, 8])
            #expect(system.waitlisted(456) == [6, 9])
        }
    }

    // Rules 3 and 9; acceptance scenario 3.
    @Test func `of ten who accept one spot in parallel one is confirmed and nine are not chosen`() async throws {
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
    @Test func `a repeated accept of a confirmed volunteer changes nothing and notifies no one`() async throws {
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

    // Rules 4 and 6: a repeated decline counts once.
    @Test func `a repeated decline starts one round`() async throws {
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

    // Rule 2: reserved spots are not for newcomers; acceptance scenario 8.
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
            // The newcomer had no offer, so there is no `не выбрал`.
            #expect(system.statuses(of: 4) == [.waiting])
        }
    }

    // Rules 5 and 12; acceptance scenario 12.
    @Test func `a volunteer who leaves the list and returns is last`() async throws {
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
    @Test func `a decline while holding an offer leaves the other offers valid`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.decline(2, 456)
            try await system.accept(2, 456)
            try await system.quiesce()
            // The volunteer returns as a newcomer, and the spot is reserved for another offer.
            #expect(system.statuses(of: 2) == [.waiting, .available, .waiting])
            #expect(system.statuses(of: 3) == [.waiting, .available])
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .confirmed])
        }
    }

    // Rules 1, 2 and 5: no volunteer is waiting, so nothing is reserved.
    @Test func `if every volunteer with an offer declines, the next to accept gets the spot`() async throws {
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
    @Test func `a volunteer who claims a spot and declines it starts a new release`() async throws {
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

    // Rule 11: a new name does not affect offers.
    @Test func `a new name during a release leaves the offers unchanged`() async throws {
        try await TestSystem.run(offerWindow: "PT4S") { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.update(456, name: "Уборка парка")
            try await system.waitUntil("the update is sent to the notifier") {
                system.recorder.recorded(by: .application, .update).count >= 2
            }
            #expect(system.offers(456).count == 2)
            // The release still ends, although the update has raised ApplicationService's message count (`seen`).
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

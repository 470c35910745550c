import Contracts
import Foundation
import TestSupport
import Testing

/// Raising and lowering the number of spots, and cancelling (rules 7, 9 and 11).
@Suite struct CapacityTests {
    // Rule 7; acceptance scenario 16.
    @Test func `if spots are added while volunteers wait, that number of spots is offered`() async throws {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...6)
            try await system.update(456, spots: 3)
            try await system.quiesce()
            #expect(system.reservations(456) == [2])
            #expect(system.rounds(456).map(\.availableSpots) == [2])
            #expect(system.offers(456).map(\.userID) == volunteers(2...6))

            try await system.accept(6, 456)
            try await system.quiesce()
            #expect(system.statusRecords(.notChosen) == [])
            try await system.accept(4, 456)
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID) == [1, 6, 4])
            #expect(
                Set(system.statusRecords(.notChosen).map(\.userID)) == [2, 3, 5]
                    && system.statusRecords(.notChosen).count == 3)
        }
    }

    // Rule 7: no volunteer is waiting, so the spots are open.
    @Test func `if spots are added while no volunteer waits, the next to accept get them`() async throws {
        try await TestSystem.run { system in
            try await system.create(456, spots: 1)
            try await system.accept(1, 456)
            try await system.update(456, spots: 2)
            try await system.accept(2, 456)
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 2) == [.confirmed])
            #expect(system.statuses(of: 3) == [.waiting])
            #expect(system.reservations(456) == [])
        }
    }

    // Rule 7.
    @Test func `lowering within the free spots leaves fewer free spots`() async throws {
        try await TestSystem.run { system in
            try await system.create(456, spots: 5)
            for volunteer in volunteers(1...2) { try await system.accept(volunteer, 456) }
            try await system.update(456, spots: 3)
            for volunteer in volunteers(3...4) { try await system.accept(volunteer, 456) }
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID) == [1, 2, 3])
            #expect(system.statuses(of: 4) == [.waiting])
            #expect(system.reservations(456) == [])
        }
    }

    // Rules 6 and 7; acceptance scenario 17.
    @Test func `lowering below the confirmed removes no one and offers nothing until the number fits`() async throws {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...3, waiting: 4...5)
            try await system.update(456, spots: 2)
            try await system.decline(1, 456)
            try await system.accept(6, 456)
            try await system.quiesce()
            #expect(system.reservations(456) == [])
            #expect(system.offers(456) == [])
            #expect(system.statuses(of: 2) == [.confirmed] && system.statuses(of: 3) == [.confirmed])
            #expect(system.statuses(of: 6) == [.waiting])

            try await system.decline(2, 456)
            try await system.quiesce()
            #expect(system.reservations(456) == [1])
            #expect(system.offers(456).map(\.userID) == [4, 5, 6])
        }
    }

    // Rules 7 and 9; acceptance scenario 18.
    @Test func `lowering during a round to no free spot means not chosen for those with offers`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...2, waiting: 3...4)
            try await system.accept(5, 456)
            try await system.waitUntil("a newcomer waits") { system.statuses(of: 5) == [.waiting] }
            try await system.update(456, spots: 1)
            try await system.quiesce()
            #expect(system.reservations(456) == [1, 0])
            #expect(Set(system.statusRecords(.notChosen).map(\.userID)) == [3, 4])

            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .notChosen])
            #expect(system.statuses(of: 4) == [.waiting, .available, .notChosen])
            #expect(system.statuses(of: 5) == [.waiting])
            #expect(system.statuses(of: 2) == [.confirmed])
        }
    }

    // Rule 7: no more spots are reserved than are free.
    @Test func `lowering during a round to fewer free spots lets only that number be claimed`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...3, waiting: 4...6)
            try await system.decline(2, 456)
            try await system.update(456, spots: 2)
            try await system.quiesce()
            #expect(system.reservations(456) == [1, 2, 1])
            #expect(system.statusRecords(.notChosen) == [])
            try await system.send(volunteers(4...6).map { .accepted($0, 456) })
            try await system.quiesce()
            #expect(system.statusRecords(.confirmed).map(\.userID) == [1, 2, 3, 4])
            #expect(
                Set(system.statusRecords(.notChosen).map(\.userID)) == [5, 6]
                    && system.statusRecords(.notChosen).count == 2)
        }
    }

    // Rule 11; acceptance scenario 22.
    @Test func `cancelling during a round notifies each volunteer once, with the reason, and nothing follows`()
        async throws
    {
        try await TestSystem.run(offerWindow: "PT4S") { system in
            try await system.openRelease(456, confirmed: 1...2, waiting: 3...4)
            try await system.accept(5, 456)
            try await system.waitUntil("a newcomer waits") { system.statuses(of: 5) == [.waiting] }
            let end = try #require(system.offers(456).first?.expiresAt?.timestamp(in: .gmt))
            try await system.cancel(456, reason: "дождь")
            try await system.cancel(456, reason: "снег")
            try await system.quiesce()
            #expect(system.statuses(of: 1) == [.confirmed])
            #expect(system.statuses(of: 2) == [.confirmed, .cancelled])
            #expect(system.statuses(of: 3) == [.waiting, .available, .cancelled])
            #expect(system.statuses(of: 4) == [.waiting, .available, .cancelled])
            #expect(system.statuses(of: 5) == [.waiting, .cancelled])
            #expect(system.statusRecords(.cancelled).allSatisfy { $0.reason == "дождь" })

            let before = system.statusRecords().count
            for volunteer in volunteers(1...6) { try await system.accept(volunteer, 456) }
            try await system.decline(2, 456)
            try await system.update(456, spots: 10)
            // The end of the offers causes no message either.
            try await system.wait(until: end.advanced(by: .milliseconds(500)), "the offers' end")
            try await system.quiesce()
            let after = system.statusRecords().dropFirst(before)
            #expect(after.map(\.status) == Array(repeating: .refused, count: 7))
            #expect(after.allSatisfy { $0.reason == "application_cancelled" })
            #expect(system.reservations(456) == [1])
            #expect(system.rounds(456).count == 1)
        }
    }
}

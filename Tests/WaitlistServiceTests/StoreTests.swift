import Contracts
import Ledger
import TestSupport
import Testing
import WaitlistDomain

@testable import WaitlistService

/// Every value that is stored is read as it was written.
@Suite struct StoreTests {
    private static let schedule = ApplicationSchedule(
        date: CivilDate(year: 2027, month: 3, day: 28)!, startTime: CivilTime(hour: 10, minute: 30, second: 15)!,
        endTime: CivilTime(hour: 10, minute: 30, second: 15)!, timeZone: "Europe/Berlin")
    private static let empty = Waitlist(application: .trusted("a1"), startsAt: schedule.startsAt)

    private func withList(_ body: (StoreFixture, StoredWaitlist) async throws -> Void) async throws {
        try await StoreFixture.run(.waitlist, LedgerMigration.waitlist) { fixture in
            try await fixture.write { try WaitlistStore($0).insert(Self.empty, schedule: Self.schedule) }
            try await body(fixture, fixture.list())
        }
    }

    @Test func `a list is read as it was inserted and as it was changed`() async throws {
        try await withList { fixture, inserted in
            #expect(inserted.list == Self.empty)
            #expect(inserted.schedule == Self.schedule)
            for purpose in [Waitlist.Scan.Purpose.offers, .openToAll] {
                let changed = Waitlist(
                    application: .trusted("a1"), startsAt: Timestamp(milliseconds: 1), cancelled: true, reserved: 2,
                    release: 3, seen: 4, epoch: 14, nextSequence: 5, listed: 9, asked: 8, outstanding: 7,
                    unaskedFrom: 6,
                    nextRound: 10, awaitsReservation: true, isIncomplete: true,
                    scan: .init(purpose: purpose, round: 11, cursor: 12, end: 13))
                let moved = ApplicationSchedule(
                    date: CivilDate(year: 2028, month: 1, day: 2)!,
                    startTime: CivilTime(hour: 3, minute: 4, second: 5)!,
                    endTime: CivilTime(hour: 3, minute: 4, second: 5)!, timeZone: "Asia/Tokyo")
                try await fixture.write { transaction in
                    try WaitlistStore(transaction).save(changed, over: inserted)
                    try WaitlistStore(transaction).save(moved, of: inserted)
                }
                let read = try fixture.list()
                #expect(read.list == changed)
                #expect(read.schedule == moved)
            }
        }
    }

    @Test func `entries and rounds are read as they were written`() async throws {
        try await withList { fixture, list in
            let entry = WaitlistDecision.Entry(sequence: 3, volunteer: .trusted("v1"))
            var round = OfferRound(
                number: 5, offeredAt: Timestamp(milliseconds: 6), expiresAt: Timestamp(milliseconds: 7), members: 1)
            for change in [.append(entry), .begin(round), .mark([3], round: 5)] as [WaitlistDecision.RowChange] {
                try await fixture.write { try WaitlistStore($0).apply(change, to: list) }
            }
            let asked = WaitlistDecision.Entry(sequence: 3, volunteer: .trusted("v1"), asked: true)
            let (found, page, members) = try fixture.file.pointRead { snapshot in
                let store = WaitlistStore(snapshot)
                return try (
                    store.entry(.trusted("v1"), of: list), store.page(of: list, after: 0, through: 9, limit: 9),
                    store.members(of: 5, on: list, after: 0, limit: 9)
                )
            }
            #expect(found?.sequence == 3 && found?.round == 5)
            #expect(page == [asked])
            #expect(members == [asked])
            #expect(try fixture.rounds(of: list) == [round, round])
            (round.expiresAt, round.lapsed, round.members) = (Timestamp(milliseconds: 8), true, 2)
            try await fixture.write { [round] in try WaitlistStore($0).apply(.change(round), to: list) }
            #expect(try fixture.rounds(of: list) == [round])
        }
    }
}

extension StoreFixture {
    fileprivate func list() throws -> StoredWaitlist {
        let list = try file.pointRead { try WaitlistStore($0).list(.trusted("a1")) }
        return try #require(list)
    }

    /// Round 5, and all rounds that have not lapsed.
    fileprivate func rounds(of list: StoredWaitlist) throws -> [OfferRound?] {
        try file.pointRead { snapshot in
            let store = WaitlistStore(snapshot)
            return try [store.round(5, of: list)] + store.liveRounds(of: list)
        }
    }
}

import Contracts
import Foundation
import Testing
import WaitlistDomain

@Suite struct OfferTests {
    static let five = list(reserved: 1, release: 1, seen: 3, next: 6, listed: 5)

    @Test func `rule 15, all: the whole list is asked when nobody is, and nobody when somebody is`() {
        for (asked, outstanding, begins) in [(0, 0, true), (1, 1, false), (1, 0, false)] {
            var desk = desk(
                list(reserved: 1, release: 1, next: 6, listed: 5, asked: asked, outstanding: outstanding))
            desk.update(startsAt: nil, liveRounds: [])
            #expect((desk.list.scan?.purpose == .offers) == begins)
            #expect((desk.list.scan?.purpose == .openToAll) == (asked == 1 && outstanding == 0))
        }
    }

    @Test(arguments: [(1, 0, 1), (1, 1, 0), (2, 0, 2), (2, 1, 1), (3, 3, 0)])
    func `rule 15, k per spot: so many are asked that k × R offers are outstanding`(
        count: Int, outstanding: Int, more: Int
    ) {
        let asked = Set(1...Int64(5)).filter { $0 <= outstanding }
        var desk = desk(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: outstanding, outstanding: outstanding,
                nextRound: 2),
            .perSpot(count))
        desk.update(startsAt: nil, liveRounds: [])
        #expect((desk.list.scan != nil) == (more > 0))
        guard more > 0 else { return }
        desk.advance(entries(1...5, asked: asked), isLast: true, round: round(2, from: 5, until: 105))
        #expect(desk.list.outstanding == count)
        #expect(desk.list.scan == nil)
        let named = (outstanding + 1...count).map { "v\($0)" }.joined(separator: ",")
        #expect(desk.said == ["\(named): 1 in 1, seen 4, until 105"])
    }

    /// A page may reach the end of the list although the round ends within it.
    @Test func `rule 15, k per spot: who is not reached in this round is the first of the next`() {
        var desk = desk(Self.five, .perSpot(1))
        desk.update(startsAt: nil, liveRounds: [])
        desk.advance(entries(1...5), isLast: true, round: round(1, from: 5, until: 105))
        #expect(desk.said == ["v1: 1 in 1, seen 4, until 105"])
        #expect(desk.list.unaskedFrom == 2, "v2 was not asked")

        var later = WaitlistDecision(desk.list, policy: desk.policy, now: at(105))
        later.lapse(round(1, from: 5, until: 105, members: 1))
        #expect(later.list.scan == .offers(2, after: 1, through: 5))
        later.advance(entries(2...5), isLast: true, round: round(2, from: 105, until: 205))
        #expect(later.said == ["v2: 1 in 1, seen 4, until 205"])
    }

    /// Whoever lapsed stands before the cursor of the scan under way, and is asked again when R grows (rule 14).
    @Test func `rule 15, k per spot: when R grows during a round, the first of the list are looked at again`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, next: 5, listed: 4, asked: 2, outstanding: 0, unaskedFrom: 3, nextRound: 3),
            .perSpot(1))
        desk.reserve(reservation(1))
        #expect(desk.list.scan == .offers(3, after: 2, through: 4))
        desk.reserve(reservation(2))
        #expect(desk.changes.contains(.forgetLapsedRounds))
        #expect(desk.list.scan?.cursor == 0, "v1 and v2 count as unasked again and stand first")
    }

    @Test func `rule 15: nobody to ask and no offer outstanding: the rest hears that it is open to all`() {
        var desk = desk(list(reserved: 2, release: 1, next: 4, listed: 3, asked: 3, unaskedFrom: 4), .perSpot(1))
        desk.update(startsAt: nil, liveRounds: [])
        #expect(desk.list.scan == .opening(after: 3, through: 3))
        desk.advance([], isLast: true, round: nil)
        #expect(desk.said == [": 2 in 1, seen 4"])
        #expect(desk.list.scan == nil)
    }

    @Test func `rule 15: nobody on the list at all is answered too`() {
        var desk = desk(list())
        desk.reserve(reservation(1))
        #expect(desk.list.scan == .opening(through: 0))
        desk.advance([], isLast: true, round: nil)
        #expect(desk.said == [": 1 in 1, seen 4"])
    }

    @Test func `rule 15: open to all names only those who were not asked`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, seen: 3, next: 4, listed: 3, asked: 2, scan: .opening(through: 3)))
        desk.advance(entries(1...3, asked: [1, 2]), isLast: true, round: nil)
        #expect(desk.said == ["v3: 1 in 1, seen 3"])
    }

    // MARK: - Rule 16

    @Test func `rule 16: an offer lapses at expires_at and not before`() {
        let live = round(1, from: 0, until: 100, members: 5)
        let before = list(
            reserved: 1, release: 1, next: 6, listed: 5, asked: 5, outstanding: 5, unaskedFrom: 6, nextRound: 2)
        var early = desk(before, now: 99)
        early.lapse(live)
        #expect(early.list == before && early.changes.isEmpty)

        var due = desk(before, now: 100)
        due.lapse(live)
        #expect(due.changes == [.change(round(1, from: 0, until: 100, lapsed: true, members: 5))])
        #expect(due.list.outstanding == 0 && due.list.asked == 5, "who lapsed stays asked, and keeps the place")
        #expect(due.list.scan == .opening(after: 5, through: 5))
        var again = desk(before, now: 101)
        again.lapse(round(1, from: 0, until: 100, lapsed: true, members: 5))
        #expect(again.list == before, "a round lapses once")
    }

    @Test func `rule 16: a lapse asks the next`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: 1, outstanding: 1, unaskedFrom: 2, nextRound: 2),
            .perSpot(1), now: 100)
        desk.lapse(round(1, members: 1))
        #expect(desk.changes.last == .begin(round(2, from: 100, until: 200)))
        #expect(desk.list.scan == .offers(2, after: 1, through: 5))
    }

    @Test(arguments: [(0, 100), (899, 999), (900, 1000), (950, 1000)])
    func `rule 16: an offer ends with its window, or with the start if that is sooner`(now: Int, end: Int) {
        let policy = OfferPolicy(factor: .all, window: ISODuration(time: .seconds(100)))
        #expect(policy.end(of: at(now), start: at(1000), in: .gmt) == at(end))
    }

    @Test func `rule 16: from the start on nothing is offered`() {
        for (now, begins) in [(999, true), (1000, false), (1001, false)] {
            var desk = desk(Self.five, now: now)
            desk.reserve(reservation(2))
            #expect((desk.list.scan != nil) == begins)
        }
        var scanning = desk(
            list(reserved: 1, release: 1, next: 6, listed: 5, scan: .offers(1, through: 5)), now: 1000)
        scanning.advance(entries(1...5), isLast: true, round: round(1, until: 1000))
        #expect(scanning.said.isEmpty && scanning.list.scan == nil)
    }

    // MARK: - Rounds in parts

    @Test func `a round goes out in parts, each with the end that was fixed when it began`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, seen: 9, next: 2502, listed: 2501, nextRound: 2,
                scan: .offers(1, through: 2501)))
        var one = round(1, from: 5, until: 105)
        desk.advance(entries(1...1000), isLast: false, round: one)
        #expect(desk.list.scan == .offers(1, after: 1000, through: 2501))
        #expect(desk.list.outstanding == 1000)
        one.members = 1000
        #expect(desk.changes.last == .change(one))
        desk.advance(entries(1001...2000), isLast: false, round: one)
        one.members = 2000
        desk.advance(entries(2001...2501), isLast: true, round: one)
        #expect(desk.list.scan == nil && desk.list.outstanding == 2501 && desk.list.unaskedFrom == 2502)
        #expect(desk.said.count == 3)
        #expect(desk.said.allSatisfy { $0.hasSuffix(": 1 in 1, seen 9, until 105") })
        #expect(WaitlistDecision.pageLimit == 1000)
    }

    @Test func `a round that lapsed, or was forgotten, goes on no further`() {
        for (lost, now) in [(round(1, lapsed: true), 5), (round(1, until: 50), 50), (OfferRound?.none, 5)] {
            var desk = desk(
                list(reserved: 1, release: 1, next: 6, listed: 5, scan: .offers(1, after: 2, through: 5)), now: now)
            desk.advance(entries(3...5), isLast: true, round: lost)
            #expect(desk.said.isEmpty && desk.list.scan == nil && desk.changes.isEmpty)
        }
        var ended = desk(list(next: 6, listed: 5, scan: .offers(1, after: 2, through: 5)))
        ended.advance(entries(3...5), isLast: true, round: round(1))
        #expect(ended.said.isEmpty && ended.list.scan == nil, "R = 0 stops the rest")
    }

    @Test func `a lapse in the midst of its own round ends the round's scan`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: 2, outstanding: 2, nextRound: 2,
                scan: .offers(1, after: 2, through: 5)), now: 100)
        desk.lapse(round(1, members: 2))
        #expect(desk.list.scan?.purpose == .openToAll, "asked are two of five: the rest hears that it is open to all")
    }

    @Test func `open to all in parts: every part but the last says more, and its people are not named again`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, seen: 9, next: 6, listed: 5, asked: 1, nextRound: 4, scan: .opening(through: 5)
            ))
        desk.advance(entries(1...2, asked: [1]), isLast: false, round: nil)
        #expect(desk.said == ["v2: 1 in 1, seen 9, more"])
        let told = OfferRound(number: 4, offeredAt: at(5), expiresAt: at(5), lapsed: true)
        #expect(desk.changes.first == .begin(told))
        #expect(desk.changes.contains(.mark([2], round: 4)))
        #expect(desk.list.asked == 2 && desk.list.outstanding == 0)
        #expect(desk.list.scan == .opening(4, after: 2, through: 5))
        desk.advance(entries(3...5), isLast: true, round: told)
        #expect(desk.said == ["v2: 1 in 1, seen 9, more", "v3,v4,v5: 1 in 1, seen 9"])
        #expect(desk.list.asked == 2, "the last part may be ignored, so its people are not marked")
    }

    @Test func `an opening goes as far as the list goes now; a round does not`() {
        var opening = desk(list(reserved: 1, release: 1, next: 9, listed: 8, scan: .opening(through: 5)))
        #expect(opening.extendedScan() == .opening(through: 8))
        var offers = desk(list(reserved: 1, release: 1, next: 9, listed: 8, scan: .offers(1, through: 5)))
        #expect(offers.extendedScan() == .offers(1, through: 5))
        var none = desk(list())
        #expect(none.extendedScan() == nil)
    }

    // MARK: - Resending

    @Test func `rule 11: offers go out again with their new end, while they hold and spots are reserved`() {
        let open = list(reserved: 1, release: 1, seen: 9, listed: 2)
        var desk = desk(open)
        desk.resend(entries(1...2, asked: [1, 2]), of: round(1, until: 90))
        #expect(desk.said == ["v1,v2: 1 in 1, seen 9, until 90"])
        desk.resend([], of: round(1, until: 90))
        desk.resend(entries(1...2), of: round(1, until: 90, lapsed: true))
        desk.resend(entries(1...2), of: round(1, until: 5))
        #expect(desk.said.count == 1)
        var over = WaitlistDomainTests.desk(list(listed: 2))
        over.resend(entries(1...2), of: round(1, until: 90))
        #expect(over.said.isEmpty)
    }
}

import Contracts
import Foundation
import TestSupport
import Testing
import WaitlistDomain

@Suite struct OfferTests {
    static let five = list(reserved: 1, release: 1, seen: 3, next: 6, listed: 5)

    @Test func `rule 15, offers to all: the whole list is asked, unless someone on it was asked before`() {
        for (asked, outstanding, begins) in [(0, 0, true), (1, 1, false), (1, 0, false)] {
            var decision = decision(
                list(reserved: 1, release: 1, next: 6, listed: 5, asked: asked, outstanding: outstanding))
            decision.update(startsAt: nil, liveRounds: [])
            #expect((decision.list.scan?.purpose == .offers) == begins)
            #expect((decision.list.scan?.purpose == .openToAll) == (asked == 1 && outstanding == 0))
        }
    }

    @Test(arguments: [(1, 0, 1), (1, 1, 0), (2, 0, 2), (2, 1, 1), (3, 3, 0)])
    func `rule 15, k per spot: k × R offers are outstanding`(
        count: Int, outstanding: Int, more: Int
    ) {
        let asked = Set(1...Int64(5)).filter { $0 <= outstanding }
        var decision = decision(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: outstanding, outstanding: outstanding,
                nextRound: 2),
            .perSpot(count))
        decision.update(startsAt: nil, liveRounds: [])
        #expect((decision.list.scan != nil) == (more > 0))
        if more > 0 {
            decision.advance(entries(1...5, asked: asked), isLast: true, round: round(2, from: 5, until: 105))
            let named = (outstanding + 1...count).map { "v\($0)" }.joined(separator: ",")
            #expect(decision.sent == ["\(named): 1 in 1, seen 4, until 105"])
        }
        #expect(decision.list.outstanding == count)
        #expect(decision.list.scan == nil)
    }

    /// The page reaches the end of the list, but the round ends before it.
    @Test func `rule 15, k per spot: the first volunteer not reached by a round is the first of the next round`() {
        var decision = decision(Self.five, .perSpot(1))
        decision.update(startsAt: nil, liveRounds: [])
        decision.advance(entries(1...5), isLast: true, round: round(1, from: 5, until: 105))
        #expect(decision.sent == ["v1: 1 in 1, seen 4, until 105"])
        #expect(decision.list.unaskedFrom == 2, "v2 was not asked")

        var later = WaitlistDecision(decision.list, policy: decision.policy, now: at(105))
        later.lapse(round(1, from: 5, until: 105, members: 1))
        #expect(later.list.scan == .offers(2, after: 1, through: 5))
        later.advance(entries(2...5), isLast: true, round: round(2, from: 105, until: 205))
        #expect(later.sent == ["v2: 1 in 1, seen 4, until 205"])
    }

    /// Volunteers whose offer lapsed are before the cursor of the scan in progress; when R grows they are asked again
    /// (rule 14).
    @Test func `rule 15, k per spot: when R grows during a round, the scan restarts at the top`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, next: 5, listed: 4, asked: 2, outstanding: 0, unaskedFrom: 3, nextRound: 3),
            .perSpot(1))
        decision.reserve(reservation(1))
        #expect(decision.list.scan == .offers(3, after: 2, through: 4))
        decision.reserve(reservation(2))
        #expect(decision.changes.contains(.forgetLapsedRounds))
        #expect(decision.list.scan?.cursor == 0, "v1 and v2 count as unasked again and are first on the list")
    }

    @Test
    func `rule 15: without candidates and outstanding offers, the unasked are told that the spots are open to all`() {
        var decision = decision(
            list(reserved: 2, release: 1, next: 4, listed: 3, asked: 3, unaskedFrom: 4), .perSpot(1))
        decision.update(startsAt: nil, liveRounds: [])
        #expect(decision.list.scan == .opening(after: 3, through: 3))
        decision.advance([], isLast: true, round: nil)
        #expect(decision.sent == [": 2 in 1, seen 4"])
        #expect(decision.list.scan == nil)
    }

    @Test func `rule 15: an empty list answers too`() {
        var decision = decision(list())
        decision.reserve(reservation(1))
        #expect(decision.list.scan == .opening(through: 0))
        decision.advance([], isLast: true, round: nil)
        #expect(decision.sent == [": 1 in 1, seen 4"])
    }

    @Test func `rule 15: open to all names only volunteers who were not asked`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, seen: 3, next: 4, listed: 3, asked: 2, scan: .opening(through: 3)))
        decision.advance(entries(1...3, asked: [1, 2]), isLast: true, round: nil)
        #expect(decision.sent == ["v3: 1 in 1, seen 3"])
    }

    // MARK: - Rule 16

    @Test func `rule 16: an offer lapses at expires_at, not earlier`() {
        let live = round(1, from: 0, until: 100, members: 5)
        let before = list(
            reserved: 1, release: 1, next: 6, listed: 5, asked: 5, outstanding: 5, unaskedFrom: 6, nextRound: 2)
        var early = decision(before, now: 99)
        early.lapse(live)
        #expect(early.list == before && early.changes.isEmpty)

        var due = decision(before, now: 100)
        due.lapse(live)
        #expect(due.changes == [.change(round(1, from: 0, until: 100, lapsed: true, members: 5))])
        #expect(
            due.list.outstanding == 0 && due.list.asked == 5,
            "volunteers whose offer lapsed count as asked and keep their position")
        #expect(due.list.scan == .opening(after: 5, through: 5))
        var again = decision(before, now: 101)
        again.lapse(round(1, from: 0, until: 100, lapsed: true, members: 5))
        #expect(again.list == before, "a round lapses once")
    }

    @Test func `rule 16: a lapse makes the next offer`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: 1, outstanding: 1, unaskedFrom: 2, nextRound: 2),
            .perSpot(1), now: 100)
        decision.lapse(round(1, members: 1))
        #expect(decision.changes.last == .begin(round(2, from: 100, until: 200)))
        #expect(decision.list.scan == .offers(2, after: 1, through: 5))
    }

    @Test(arguments: [(0, 100), (899, 999), (900, 1000), (950, 1000)])
    func `rule 16: an offer lapses at the end of its window, or at the start if that is earlier`(now: Int, end: Int) {
        let policy = OfferPolicy(factor: .all, window: ISODuration(time: .seconds(100)))
        #expect(policy.expiry(offeredAt: at(now), start: at(1000), in: .gmt) == at(end))
    }

    @Test func `rule 16: nothing is offered from the start on`() {
        for (now, begins) in [(999, true), (1000, false), (1001, false)] {
            var decision = decision(Self.five, now: now)
            decision.reserve(reservation(2))
            #expect((decision.list.scan != nil) == begins)
        }
        var scanning = decision(
            list(reserved: 1, release: 1, next: 6, listed: 5, scan: .offers(1, through: 5)), now: 1000)
        scanning.advance(entries(1...5), isLast: true, round: round(1, until: 1000))
        #expect(scanning.sent.isEmpty && scanning.list.scan == nil)
    }

    // MARK: - Rounds in parts

    @Test func `a round is sent in parts, all with the expires_at that was fixed when it began`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, seen: 9, next: 2502, listed: 2501, nextRound: 2,
                scan: .offers(1, through: 2501)))
        var one = round(1, from: 5, until: 105)
        decision.advance(entries(1...1000), isLast: false, round: one)
        #expect(decision.list.scan == .offers(1, after: 1000, through: 2501))
        #expect(decision.list.outstanding == 1000)
        one.members = 1000
        #expect(decision.changes.last == .change(one))
        decision.advance(entries(1001...2000), isLast: false, round: one)
        one.members = 2000
        decision.advance(entries(2001...2501), isLast: true, round: one)
        #expect(decision.list.scan == nil && decision.list.outstanding == 2501 && decision.list.unaskedFrom == 2502)
        #expect(decision.sent.count == 3)
        #expect(decision.sent.allSatisfy { $0.hasSuffix(": 1 in 1, seen 9, until 105") })
        #expect(WaitlistDecision.pageLimit <= 1000)
    }

    @Test func `a round that lapsed or was forgotten stops`() {
        for (lost, now) in [(round(1, lapsed: true), 5), (round(1, until: 50), 50), (OfferRound?.none, 5)] {
            var decision = decision(
                list(reserved: 1, release: 1, next: 6, listed: 5, scan: .offers(1, after: 2, through: 5)), now: now)
            decision.advance(entries(3...5), isLast: true, round: lost)
            #expect(decision.sent.isEmpty && decision.list.scan == nil && decision.changes.isEmpty)
        }
        var ended = decision(list(next: 6, listed: 5, scan: .offers(1, after: 2, through: 5)))
        ended.advance(entries(3...5), isLast: true, round: round(1))
        #expect(ended.sent.isEmpty && ended.list.scan == nil, "R = 0 stops the rest")
    }

    @Test func `a lapse during its own round ends the round's scan`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: 2, outstanding: 2, nextRound: 2,
                scan: .offers(1, after: 2, through: 5)), now: 100)
        decision.lapse(round(1, members: 2))
        #expect(
            decision.list.scan?.purpose == .openToAll,
            "two of five were asked: the other three are told that the spots are open to all")
    }

    @Test func `open to all in parts: every part except the last says more, and its volunteers are not named again`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, seen: 9, next: 6, listed: 5, asked: 1, nextRound: 4, scan: .opening(through: 5)
            ))
        decision.advance(entries(1...2, asked: [1]), isLast: false, round: nil)
        #expect(decision.sent == ["v2: 1 in 1, seen 9, more"])
        let marker = OfferRound(number: 4, offeredAt: at(5), expiresAt: at(5), lapsed: true)
        #expect(decision.changes.first == .begin(marker))
        #expect(decision.changes.contains(.mark([2], round: 4)))
        #expect(decision.list.asked == 2 && decision.list.outstanding == 0)
        #expect(decision.list.scan == .opening(4, after: 2, through: 5))
        decision.advance(entries(3...5), isLast: true, round: marker)
        #expect(decision.sent == ["v2: 1 in 1, seen 9, more", "v3,v4,v5: 1 in 1, seen 9"])
        #expect(decision.list.asked == 2, "the last part may be ignored, so its volunteers are not marked")
    }

    @Test func `an opening is extended to the current end of the list; a round is not`() {
        var opening = decision(list(reserved: 1, release: 1, next: 9, listed: 8, scan: .opening(through: 5)))
        #expect(opening.extendedScan() == .opening(through: 8))
        var offers = decision(list(reserved: 1, release: 1, next: 9, listed: 8, scan: .offers(1, through: 5)))
        #expect(offers.extendedScan() == .offers(1, through: 5))
        var none = decision(list())
        #expect(none.extendedScan() == nil)
    }

    // MARK: - Resending

    @Test func `rule 11: offers are sent again with their new expires_at, while they are valid and spots are reserved`()
    {
        let open = list(reserved: 1, release: 1, seen: 9, listed: 2)
        var decision = decision(open)
        decision.resend(entries(1...2, asked: [1, 2]), of: round(1, until: 90))
        #expect(decision.sent == ["v1,v2: 1 in 1, seen 9, until 90"])
        decision.resend([], of: round(1, until: 90))
        decision.resend(entries(1...2), of: round(1, until: 90, lapsed: true))
        decision.resend(entries(1...2), of: round(1, until: 5))
        #expect(decision.sent.count == 1)
        var over = WaitlistDomainTests.decision(list(listed: 2))
        over.resend(entries(1...2), of: round(1, until: 90))
        #expect(over.sent.isEmpty)
    }
}

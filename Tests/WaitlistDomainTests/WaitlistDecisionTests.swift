import Contracts
import TestSupport
import Testing
import WaitlistDomain

@Suite struct WaitlistDecisionTests {
    @Test func `rule 12: a new volunteer is appended and the answer gives the position`() {
        var decision = decision(list(seen: 3, next: 8, listed: 2))
        decision.enqueue(.trusted("5"), since: at(4), position: nil)
        #expect(decision.list == list(seen: 4, next: 9, listed: 3))
        #expect(decision.changes == [.append(.init(sequence: 8, volunteer: .trusted("5")))])
        #expect(decision.sent == ["5 at 3"])
        let record = WaitingListRecord(
            userID: .trusted("5"), applicationID: .trusted("7"), timestamp: .instant(at(4)), position: 3)
        #expect(decision.messages == [.waitingListRecord(record)])
    }

    @Test func `rule 12: a volunteer who is already on the list keeps the position and is not appended again`() {
        var decision = decision(list(seen: 3, next: 8, listed: 4))
        decision.enqueue(.trusted("5"), since: at(4), position: 2)
        #expect(decision.list == list(seen: 4, next: 8, listed: 4))
        #expect(decision.changes.isEmpty)
        #expect(decision.sent == ["5 at 2"])
    }

    @Test func `rule 12: while spots are reserved, a new volunteer triggers offer()`() {
        var first = decision(list(reserved: 1, release: 1))
        first.enqueue(.trusted("5"), since: at(4), position: nil)
        #expect(first.list.scan == .offers(1, through: 1))
        #expect(first.changes.last == .begin(round(1, from: 5, until: 105)))

        var late = decision(list(reserved: 1, release: 1, next: 2, listed: 1, asked: 1, outstanding: 1, unaskedFrom: 2))
        late.enqueue(.trusted("5"), since: at(4), position: nil)
        #expect(late.list.scan == nil, "while offers to all are outstanding, no one else is asked")

        var over = decision(list(reserved: 1, release: 1, next: 2, listed: 1, asked: 1, unaskedFrom: 2))
        over.enqueue(.trusted("5"), since: at(4), position: nil)
        #expect(
            over.list.scan == .opening(after: 1, through: 2),
            "all offers lapsed: the new volunteer is told that the spots are open to all")
    }

    @Test(arguments: [
        (OfferRound?.none, list(seen: 4, listed: 2, asked: 2, outstanding: 2)),
        (round(1, members: 2), list(seen: 4, listed: 2, asked: 1, outstanding: 1)),
        (round(1, lapsed: true, members: 2), list(seen: 4, listed: 2, asked: 1, outstanding: 2)),
    ])
    func `rule 13: a volunteer who leaves is removed from list, offers and asked, and no offer follows`(
        round: OfferRound?, after: Waitlist
    ) {
        var decision = decision(list(seen: 3, listed: 3, asked: 2, outstanding: 2))
        decision.remove(.trusted("5"), isListed: true, round: round)
        #expect(decision.list == after)
        #expect(decision.changes.first == .remove(volunteer: .trusted("5")))
        if var round {
            round.members = 1
            #expect(decision.changes.last == .change(round))
        }
        #expect(decision.sent.isEmpty)
    }

    @Test func `rule 13: removing a volunteer alone never starts offers`() {
        var decision = decision(
            list(reserved: 1, release: 1, next: 4, listed: 2, asked: 1, outstanding: 1, unaskedFrom: 2), .perSpot(1))
        decision.remove(.trusted("v1"), isListed: true, round: round(1, members: 1))
        #expect(decision.list.outstanding == 0 && decision.list.scan == nil)
        #expect(!decision.changes.contains { if case .begin = $0 { true } else { false } })
        decision.reserve(reservation(1))
        #expect(decision.list.scan == .offers(1, after: 1, through: 3), "the reservation that follows starts them")
    }

    @Test func `rule 13: a response of a volunteer who is not on the list is only counted as seen`() {
        var decision = decision(list(seen: 3, listed: 3))
        decision.remove(.trusted("5"), isListed: false, round: nil)
        #expect(decision.list == list(seen: 4, listed: 3))
        #expect(decision.changes.isEmpty)
    }

    // MARK: - Rule 14

    @Test func `rule 14: an older release is ignored, but counted as seen`() {
        var decision = decision(list(reserved: 1, release: 4, seen: 3, next: 3, listed: 2, asked: 2, outstanding: 2))
        decision.reserve(reservation(2, release: 3))
        #expect(decision.list == list(reserved: 1, release: 4, seen: 4, next: 3, listed: 2, asked: 2, outstanding: 2))
        #expect(decision.changes.isEmpty)
    }

    @Test func `rule 14: a newer release forgets offers and asked, and asks again`() {
        var decision = decision(
            list(
                reserved: 2, release: 4, next: 3, listed: 2, asked: 2, outstanding: 1, unaskedFrom: 3, nextRound: 3,
                scan: .opening(after: 1, through: 2)))
        decision.reserve(reservation(1, release: 5))
        #expect(decision.changes.first == .forgetRounds)
        #expect(decision.list.asked == 0 && decision.list.outstanding == 0)
        #expect(decision.list.release == 5 && decision.list.reserved == 1)
        #expect(decision.list.scan == .offers(3, through: 2))
    }

    @Test func `rule 14: when R grows, asked = those with outstanding offers`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: 3, outstanding: 1, unaskedFrom: 4, nextRound: 4),
            .perSpot(1))
        decision.reserve(reservation(2))
        #expect(decision.changes.contains(.forgetLapsedRounds))
        #expect(decision.list.asked == 1 && decision.list.outstanding == 1)
        #expect(decision.list.scan == .offers(4, through: 5), "the first volunteers on the list are asked again")
    }

    @Test func `rule 14: when R shrinks or stays, volunteers whose offer lapsed are not asked again`() {
        for spots in 1...2 {
            var decision = decision(
                list(reserved: 2, release: 1, next: 4, listed: 3, asked: 2, outstanding: 1, unaskedFrom: 3), .perSpot(1)
            )
            decision.reserve(reservation(spots))
            #expect(!decision.changes.contains(.forgetLapsedRounds))
            #expect(decision.list.asked == 2 && decision.list.reserved == spots)
            #expect((decision.list.scan != nil) == (spots == 2), "one offer per spot is outstanding already")
        }
    }

    @Test func `rule 14: when R becomes 0, offers and asked are emptied and the scan stops`() {
        var decision = decision(
            list(
                reserved: 2, release: 1, next: 4, listed: 3, asked: 2, outstanding: 1, unaskedFrom: 3,
                scan: .offers(2, through: 3)))
        decision.reserve(reservation(0))
        #expect(decision.list == list(release: 1, seen: 4, next: 4, listed: 3))
        #expect(decision.changes == [.forgetRounds])
        #expect(decision.sent.isEmpty)
    }

    @Test func `rule 14: a reservation without a release belongs to the current one`() {
        var decision = decision(list(release: 2, next: 2, listed: 1))
        decision.reserve(reservation(1, release: nil))
        #expect(decision.list.reserved == 1 && decision.list.release == 2)
    }

    // MARK: - Rules 10 and 11

    @Test func `rule 11: a cancel ends list, offers and reservation for good`() {
        var decision = decision(
            list(
                reserved: 1, release: 1, seen: 3, next: 3, listed: 2, asked: 2, outstanding: 2,
                scan: .offers(1, through: 2)))
        decision.cancel()
        #expect(decision.list == list(release: 1, seen: 4, next: 3, listed: 2, cancelled: true))
        decision.enqueue(.trusted("5"), since: at(4), position: nil)
        decision.reserve(reservation(3, release: 2))
        decision.update(startsAt: at(2000), liveRounds: [])
        #expect(decision.sent.isEmpty && decision.list.scan == nil && decision.list.reserved == 0)
        #expect(decision.list.seen == 7, "every message is counted")
    }

    @Test
    func
        `rule 11: when the start moves, offers whose expires_at changes are sent again`()
    {
        var decision = decision(
            list(reserved: 1, release: 1, seen: 3, next: 4, listed: 3, asked: 3, outstanding: 3), now: 30)
        decision.update(
            startsAt: at(90),
            liveRounds: [
                round(1, from: 0, until: 100, members: 1), round(2, from: 20, until: 90), round(3, from: 25, until: 25),
            ])
        #expect(
            decision.changes == [
                .change(round(1, from: 0, until: 90, members: 1)), .resend(round: 1),
                .change(round(3, from: 25, until: 90)), .resend(round: 3),
            ])
        #expect(decision.list.startsAt == at(90) && decision.list.seen == 4)
    }

    @Test func `rule 11: an offer that the move ends now is not sent again; it lapses`() {
        var decision = decision(list(reserved: 1, release: 1, next: 2, listed: 1, asked: 1, outstanding: 1), now: 30)
        decision.update(startsAt: at(30), liveRounds: [round(1, from: 0, until: 100, members: 1)])
        #expect(decision.changes == [.change(round(1, from: 0, until: 30, members: 1))])
        decision.lapse(round(1, from: 0, until: 30, members: 1))
        #expect(
            decision.list.outstanding == 0 && decision.list.scan == nil, "rule 16: nothing is offered from the start on"
        )
    }

    @Test func `rule 11: any update makes the list send its free spots again while spots are reserved`() {
        var decision = decision(list(reserved: 1, release: 1, next: 3, listed: 2, asked: 2, unaskedFrom: 3))
        decision.update(startsAt: nil, liveRounds: [])
        #expect(decision.list.scan == .opening(after: 2, through: 2))
    }

    @Test func `a create and a discarded message count as seen`() {
        var decision = decision(list(seen: 0))
        decision.create(startsAt: at(500))
        #expect(decision.list.seen == 1 && decision.list.startsAt == at(500))
        decision.discarded()
        #expect(decision.list.seen == 2)
    }
}

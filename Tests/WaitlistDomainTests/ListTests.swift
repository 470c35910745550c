import Contracts
import Testing
import WaitlistDomain

@Suite struct ListTests {
    @Test func `rule 12: one who comes is appended and answered with the place`() {
        var desk = desk(list(seen: 3, next: 8, listed: 2))
        desk.wait(.trusted("5"), since: at(4), place: nil)
        #expect(desk.list == list(seen: 4, next: 9, listed: 3))
        #expect(desk.changes == [.append(.init(sequence: 8, volunteer: .trusted("5")))])
        #expect(desk.said == ["5 at 3"])
        guard case .waitingListRecord(let record) = desk.messages.first else { return }
        #expect(record.timestamp == .instant(at(4)))
    }

    @Test func `rule 12: one who is on the list already is answered with the place held, and not appended`() {
        var desk = desk(list(seen: 3, next: 8, listed: 4))
        desk.wait(.trusted("5"), since: at(4), place: 2)
        #expect(desk.list == list(seen: 4, next: 8, listed: 4))
        #expect(desk.changes.isEmpty)
        #expect(desk.said == ["5 at 2"])
    }

    @Test func `rule 12: while spots are reserved, a newcomer makes the list answer`() {
        var first = desk(list(reserved: 1, release: 1))
        first.wait(.trusted("5"), since: at(4), place: nil)
        #expect(first.list.scan == .offers(1, through: 1))
        #expect(first.changes.last == .begin(round(1, from: 5, until: 105)))

        var late = desk(list(reserved: 1, release: 1, next: 2, listed: 1, asked: 1, outstanding: 1, unaskedFrom: 2))
        late.wait(.trusted("5"), since: at(4), place: nil)
        #expect(late.list.scan == nil, "with offers to all outstanding nobody else is asked")

        var over = desk(list(reserved: 1, release: 1, next: 2, listed: 1, asked: 1, unaskedFrom: 2))
        over.wait(.trusted("5"), since: at(4), place: nil)
        #expect(
            over.list.scan == .opening(after: 1, through: 2), "all lapsed: the newcomer hears that it is open to all")
    }

    @Test(arguments: [
        (OfferRound?.none, list(seen: 4, listed: 2, asked: 2, outstanding: 2)),
        (round(1, members: 2), list(seen: 4, listed: 2, asked: 1, outstanding: 1)),
        (round(1, lapsed: true, members: 2), list(seen: 4, listed: 2, asked: 1, outstanding: 2)),
    ])
    func `rule 13: one who leaves is taken from list, offers and asked, and nothing is offered for it`(
        asked: OfferRound?, after: Waitlist
    ) {
        var desk = desk(list(seen: 3, listed: 3, asked: 2, outstanding: 2))
        desk.leave(.trusted("5"), present: true, round: asked)
        #expect(desk.list == after)
        #expect(desk.changes.first == .remove(volunteer: .trusted("5")))
        if var round = asked {
            round.members = 1
            #expect(desk.changes.last == .change(round))
        }
        #expect(desk.said.isEmpty)
    }

    @Test func `rule 13: this alone never starts offers`() {
        var desk = desk(
            list(reserved: 1, release: 1, next: 4, listed: 2, asked: 1, outstanding: 1, unaskedFrom: 2), .perSpot(1))
        desk.leave(.trusted("v1"), present: true, round: round(1, members: 1))
        #expect(desk.list.outstanding == 0 && desk.list.scan == nil)
        #expect(!desk.changes.contains { if case .begin = $0 { true } else { false } })
        desk.reserve(reservation(1))
        #expect(desk.list.scan == .offers(1, after: 1, through: 3), "the reservation that follows does")
    }

    @Test func `rule 13: one who is not on the list only counts as a message`() {
        var desk = desk(list(seen: 3, listed: 3))
        desk.leave(.trusted("5"), present: false, round: nil)
        #expect(desk.list == list(seen: 4, listed: 3))
        #expect(desk.changes.isEmpty)
    }

    // MARK: - Rule 14

    @Test func `rule 14: an older release is ignored, but seen`() {
        var desk = desk(list(reserved: 1, release: 4, seen: 3, next: 3, listed: 2, asked: 2, outstanding: 2))
        desk.reserve(reservation(2, release: 3))
        #expect(desk.list == list(reserved: 1, release: 4, seen: 4, next: 3, listed: 2, asked: 2, outstanding: 2))
        #expect(desk.changes.isEmpty)
    }

    @Test func `rule 14: a newer release forgets offers and asked, and asks anew`() {
        var desk = desk(
            list(
                reserved: 2, release: 4, next: 3, listed: 2, asked: 2, outstanding: 1, unaskedFrom: 3, nextRound: 3,
                scan: .opening(after: 1, through: 2)))
        desk.reserve(reservation(1, release: 5))
        #expect(desk.changes.first == .forgetRounds)
        #expect(desk.list.asked == 0 && desk.list.outstanding == 0)
        #expect(desk.list.release == 5 && desk.list.reserved == 1)
        #expect(desk.list.scan == .offers(3, through: 2))
    }

    @Test func `rule 14: when R grows, asked are those with outstanding offers`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, next: 6, listed: 5, asked: 3, outstanding: 1, unaskedFrom: 4, nextRound: 4),
            .perSpot(1))
        desk.reserve(reservation(2))
        #expect(desk.changes.contains(.forgetLapsedRounds))
        #expect(desk.list.asked == 1 && desk.list.outstanding == 1)
        #expect(desk.list.scan == .offers(4, through: 5), "the first of the list have their turn again")
    }

    @Test func `rule 14: when R shrinks or stays, those who let an offer lapse are not asked again`() {
        for spots in 1...2 {
            var desk = desk(
                list(reserved: 2, release: 1, next: 4, listed: 3, asked: 2, outstanding: 1, unaskedFrom: 3), .perSpot(1)
            )
            desk.reserve(reservation(spots))
            #expect(!desk.changes.contains(.forgetLapsedRounds))
            #expect(desk.list.asked == 2 && desk.list.reserved == spots)
            #expect((desk.list.scan != nil) == (spots == 2), "one offer per spot is outstanding already")
        }
    }

    @Test func `rule 14: when R is 0, offers and asked are emptied and a scan stops`() {
        var desk = desk(
            list(
                reserved: 2, release: 1, next: 4, listed: 3, asked: 2, outstanding: 1, unaskedFrom: 3,
                scan: .offers(2, through: 3)))
        desk.reserve(reservation(0))
        #expect(desk.list == list(release: 1, seen: 4, next: 4, listed: 3))
        #expect(desk.changes == [.forgetRounds])
        #expect(desk.said.isEmpty)
    }

    @Test func `rule 14: a reservation without a release is of the current one`() {
        var desk = desk(list(release: 2, next: 2, listed: 1))
        desk.reserve(reservation(1, release: nil))
        #expect(desk.list.reserved == 1 && desk.list.release == 2)
    }

    // MARK: - Rules 10 and 11

    @Test func `rule 11: a cancel ends list, offers and reservation, and nothing begins again`() {
        var desk = desk(
            list(
                reserved: 1, release: 1, seen: 3, next: 3, listed: 2, asked: 2, outstanding: 2,
                scan: .offers(1, through: 2)))
        desk.cancel()
        #expect(desk.list == list(release: 1, seen: 4, next: 3, listed: 2, cancelled: true))
        desk.wait(.trusted("5"), since: at(4), place: nil)
        desk.reserve(reservation(3, release: 2))
        desk.update(startsAt: at(2000), liveRounds: [])
        #expect(desk.said.isEmpty && desk.list.scan == nil && desk.list.reserved == 0)
        #expect(desk.list.seen == 7, "everything is counted")
    }

    @Test
    func
        `rule 11: when the start moves, every end is min(offered at + window, start), and what changed goes out again`()
    {
        var desk = desk(list(reserved: 1, release: 1, seen: 3, next: 4, listed: 3, asked: 3, outstanding: 3), now: 30)
        desk.update(
            startsAt: at(90),
            liveRounds: [
                round(1, from: 0, until: 100, members: 1), round(2, from: 20, until: 90), round(3, from: 25, until: 25),
            ])
        #expect(
            desk.changes == [
                .change(round(1, from: 0, until: 90, members: 1)), .resend(round: 1),
                .change(round(3, from: 25, until: 90)), .resend(round: 3),
            ])
        #expect(desk.list.startsAt == at(90) && desk.list.seen == 4)
    }

    @Test func `rule 11: an offer whose end has come by the move is not sent again; it lapses`() {
        var desk = desk(list(reserved: 1, release: 1, next: 2, listed: 1, asked: 1, outstanding: 1), now: 30)
        desk.update(startsAt: at(30), liveRounds: [round(1, from: 0, until: 100, members: 1)])
        #expect(desk.changes == [.change(round(1, from: 0, until: 30, members: 1))])
        desk.lapse(round(1, from: 0, until: 30, members: 1))
        #expect(desk.list.outstanding == 0 && desk.list.scan == nil, "rule 16: from the start on nothing is offered")
    }

    @Test func `rule 11: any update makes the list answer again while spots are reserved`() {
        var desk = desk(list(reserved: 1, release: 1, next: 3, listed: 2, asked: 2, unaskedFrom: 3))
        desk.update(startsAt: nil, liveRounds: [])
        #expect(desk.list.scan == .opening(after: 2, through: 2))
    }

    @Test func `a create and a discarded message count as seen`() {
        var desk = desk(list(seen: 0))
        desk.create(startsAt: at(500))
        #expect(desk.list.seen == 1 && desk.list.startsAt == at(500))
        desk.discarded()
        #expect(desk.list.seen == 2)
    }
}

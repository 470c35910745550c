import ApplicationDomain
import Contracts
import Testing

/// A row of rules 9 and 11: a pending broadcast, and what is sent to one member.
struct BroadcastRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let broadcast: Broadcast
    let member: Member?
    let sends: [String]

    init(_ name: String, pending broadcast: Broadcast, member: Member?, sends: [String]) {
        testDescription = name
        self.broadcast = broadcast
        self.member = member
        self.sends = sends
    }
}

@Suite struct BroadcastTests {
    static let lost = Broadcast.notChosen(release: 1, lostAt: at(9))
    static let cancelled = Broadcast.cancelled(reason: "rain")

    /// Held an offer, and has this standing now.
    static func formerlyOffered(_ standing: Member.Standing) -> Member {
        var member = Member.waiting(offerInRelease: 1, expiresAt: 10)
        member.standing = standing
        return member
    }

    static func toldOfCancellation() -> Member {
        var member = Member.confirmed
        member.toldOfCancellation = true
        return member
    }

    static let rows = [
        BroadcastRow(
            "the offer was valid when the spots were lost", pending: lost,
            member: .waiting(offerInRelease: 1, expiresAt: 10),
            sends: ["volunteer 5: не выбрал"]),
        BroadcastRow(
            "the offer expired at that moment", pending: lost, member: .waiting(offerInRelease: 1, expiresAt: 9),
            sends: []),
        BroadcastRow(
            "the offer is of another release", pending: lost, member: .waiting(offerInRelease: 2, expiresAt: 10),
            sends: []),
        BroadcastRow("no offer", pending: lost, member: .waiting(), sends: []),
        BroadcastRow(
            "told already in this release", pending: lost,
            member: .waiting(offerInRelease: 1, expiresAt: 10, notChosenIn: 1), sends: []),
        BroadcastRow("confirmed by the offer", pending: lost, member: formerlyOffered(.confirmed), sends: []),
        BroadcastRow("declined since then", pending: lost, member: formerlyOffered(.declined), sends: []),
        BroadcastRow("an unknown volunteer", pending: lost, member: nil, sends: []),
        BroadcastRow(
            "waiting when it is cancelled", pending: cancelled, member: .waiting(),
            sends: ["volunteer 5: отменено because rain"]),
        BroadcastRow(
            "confirmed when it is cancelled", pending: cancelled, member: .confirmed,
            sends: ["volunteer 5: отменено because rain"]),
        BroadcastRow("declined when it is cancelled", pending: cancelled, member: .declined, sends: []),
        BroadcastRow("already told of the cancellation", pending: cancelled, member: toldOfCancellation(), sends: []),
    ]

    @Test(arguments: rows)
    func `rules 9 and 11: a broadcast is sent to each member concerned, once`(row: BroadcastRow) {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1)), member: row.member, pendingBroadcasts: [row.broadcast], now: at(20))
        allocation.sendPendingBroadcasts()
        #expect(allocation.sentMessages == row.sends)
        allocation.sendPendingBroadcasts()
        #expect(allocation.sentMessages == row.sends, "not sent twice")
    }

    @Test func `pending broadcasts are sent in order, before anything else happens to the member`() throws {
        let counters = Counters(capacity: 1, waiting: 2, reserved: 1, release: 2)
        var offered = SpotAllocation(
            application(counters), member: .waiting(offerInRelease: 1, expiresAt: 10), pendingBroadcasts: [Self.lost],
            now: at(20))
        offered.offer(.offers(until: at(30)))
        #expect(offered.sentMessages == ["volunteer 5: не выбрал", "volunteer 5: место доступно until 30"])

        var leaving = SpotAllocation(
            application(counters), member: .waiting(offerInRelease: 1, expiresAt: 10), pendingBroadcasts: [Self.lost],
            now: at(20))
        #expect(leaving.respond(volunteer, .declined) == nil)
        #expect(
            leaving.sentMessages == [
                "volunteer 5: не выбрал", "waitlist: 5 declined", "volunteer 5: 5 declined",
                "waitlist: 1 reserved in release 2",
            ])

        var late = SpotAllocation(
            application(Counters(capacity: 1), status: .cancelled), member: .waiting(offerInRelease: 1, expiresAt: 10),
            pendingBroadcasts: [Self.lost, Self.cancelled], now: at(20))
        #expect(late.respond(volunteer, .accepted) == .applicationCancelled)
        #expect(late.sentMessages == ["volunteer 5: не выбрал", "volunteer 5: отменено because rain"])
    }

    @Test func `rule 3: a volunteer who got the broadcast is not told again for accepting too late`() throws {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1, confirmed: 1, waiting: 1, release: 1)),
            member: .waiting(offerInRelease: 1, expiresAt: 10),
            pendingBroadcasts: [Self.lost], now: at(11))
        #expect(allocation.respond(volunteer, .accepted) == nil)
        #expect(allocation.sentMessages == ["volunteer 5: не выбрал"])
    }

    // MARK: - Rule 1: spots that the waiting list cannot use

    /// Two wait, two spots are reserved for them, and the third was opened.
    static func opened(
        open: Int = 1, status: VolunteerApplication.Status = .open, openings: Int = 1
    ) -> VolunteerApplication {
        var opened = application(
            Counters(capacity: 2 + open, waiting: 2, reserved: 2, release: 1), status: status)
        opened.openings = openings
        return opened
    }

    @Test func `rule 1: an opening is told to each member who waits, once`() {
        var joinedLater = Member.waiting()
        joinedLater.toldOfOpening = 1
        let rows: [(name: String, member: Member, application: VolunteerApplication, sends: [String])] = [
            ("waits", .waiting(), Self.opened(), ["volunteer 5: место доступно"]),
            (
                "holds an offer", .waiting(offerInRelease: 1, expiresAt: 90), Self.opened(),
                ["volunteer 5: место доступно"]
            ),
            ("told of it, or joined after it", joinedLater, Self.opened(), []),
            ("of the next one", joinedLater, Self.opened(openings: 2), ["volunteer 5: место доступно"]),
            ("confirmed", .confirmed, Self.opened(), []),
            ("declined", .declined, Self.opened(), []),
            ("the spot is taken", .waiting(), Self.opened(open: 0), []),
            ("cancelled", .waiting(), Self.opened(status: .cancelled), []),
        ]
        for row in rows {
            var allocation = SpotAllocation(
                row.application, member: row.member, pendingBroadcasts: [.spotsOpen(number: 1)], now: at(20))
            allocation.receiveBroadcasts()
            #expect(allocation.sentMessages == row.sends, "\(row.name)")
            allocation.receiveBroadcasts()
            #expect(allocation.sentMessages == row.sends, "\(row.name): not told twice")
        }
    }

    @Test func `rule 1: a response is not preceded by the opening, which it may have overtaken`() {
        for status in [ResponseStatus.accepted, .declined] {
            var allocation = SpotAllocation(
                Self.opened(), member: .waiting(), pendingBroadcasts: [.spotsOpen(number: 1)], now: at(20))
            #expect(allocation.respond(volunteer, status) == nil)
            #expect(!allocation.sentMessages.contains("volunteer 5: место доступно"))
        }
    }

    @Test func `rule 1: an opening during a pass over the members begins no second pass beside it, but one after it`() {
        let before = application(Counters(capacity: 2, confirmed: 1, waiting: 1, reserved: 1, release: 1))
        let pass = Broadcast.spotsOpen(number: 0)
        var during = SpotAllocation(before, member: .confirmed, pendingBroadcasts: [pass], now: at(5))
        #expect(during.respond(volunteer, .declined) == nil)
        #expect(during.broadcasts.isEmpty)
        #expect(pass.next(in: during.application) == .spotsOpen(number: 1))
        #expect(Broadcast.spotsOpen(number: 1).next(in: during.application) == nil)
        #expect(Self.lost.next(in: during.application) == nil)
    }

    @Test func `rule 1: a newcomer knows of the openings before`() {
        var allocation = SpotAllocation(Self.opened(open: 0, openings: 3), now: at(5))
        #expect(allocation.respond(volunteer, .accepted) == nil)
        #expect(allocation.member?.toldOfOpening == 3)
    }
}

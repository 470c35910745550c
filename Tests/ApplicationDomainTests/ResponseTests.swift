import ApplicationDomain
import Contracts
import Testing

/// A row of rules 2 to 6: a response, the state before and after, and the messages sent.
struct ResponseRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: Counters
    let member: Member?
    var now = 5
    let after: Counters
    let standing: Member.Standing?
    let sends: [String]
    var broadcasts: [Broadcast] = []

    init(
        _ name: String, given before: Counters, member: Member?, now: Int = 5, then after: Counters,
        standing: Member.Standing?, sends: [String], broadcasts: [Broadcast] = []
    ) {
        testDescription = name
        self.before = before
        self.member = member
        self.now = now
        self.after = after
        self.standing = standing
        self.sends = sends
        self.broadcasts = broadcasts
    }

    func check(_ status: ResponseStatus) throws {
        var allocation = SpotAllocation(application(before), member: member, now: at(now))
        #expect(allocation.respond(volunteer, status) == nil)
        #expect(Counters(allocation.application) == after)
        #expect(allocation.member?.standing == standing)
        #expect(allocation.sentMessages == sends)
        #expect(allocation.broadcasts == broadcasts)
        if standing != member?.standing { #expect(allocation.member?.since == at(now)) }
    }
}

@Suite struct ResponseTests {
    static let newcomers = [
        ResponseRow(
            "an open spot", given: Counters(capacity: 2), member: nil, then: Counters(capacity: 2, confirmed: 1),
            standing: .confirmed, sends: ["volunteer 5: подтверждено"]),
        ResponseRow(
            "no spot", given: Counters(capacity: 1, confirmed: 1), member: nil,
            then: Counters(capacity: 1, confirmed: 1, waiting: 1, sent: 2), standing: .waiting,
            sends: ["waitlist: 5 waiting"]),
        ResponseRow(
            "a free spot that is reserved",
            given: Counters(capacity: 2, confirmed: 1, waiting: 1, reserved: 1, release: 1), member: nil,
            then: Counters(capacity: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1, sent: 2), standing: .waiting,
            sends: ["waitlist: 5 waiting"]),
        ResponseRow(
            "an open spot beside a reserved one",
            given: Counters(capacity: 3, confirmed: 1, waiting: 1, reserved: 1, release: 1), member: nil,
            then: Counters(capacity: 3, confirmed: 2, waiting: 1, reserved: 1, release: 1), standing: .confirmed,
            sends: ["volunteer 5: подтверждено"]),
        ResponseRow(
            "open spots while others wait", given: Counters(capacity: 2, confirmed: 1, waiting: 3, release: 1),
            member: nil, then: Counters(capacity: 2, confirmed: 2, waiting: 3, release: 1), standing: .confirmed,
            sends: ["volunteer 5: подтверждено"]),
        ResponseRow(
            "a capacity lowered below the confirmed", given: Counters(capacity: 1, confirmed: 2), member: nil,
            then: Counters(capacity: 1, confirmed: 2, waiting: 1, sent: 2), standing: .waiting,
            sends: ["waitlist: 5 waiting"]),
        ResponseRow(
            "a volunteer who declined returns", given: Counters(capacity: 1, confirmed: 1), member: .declined,
            then: Counters(capacity: 1, confirmed: 1, waiting: 1, sent: 2), standing: .waiting,
            sends: ["waitlist: 5 waiting"]),
    ]

    @Test(arguments: newcomers)
    func `rule 2: a newcomer takes an open spot or joins the list`(row: ResponseRow) throws {
        try row.check(.accepted)
    }

    @Test
    func `rule 2: a returning volunteer has no old offer, and is not told a second time in the same release`()
        throws
    {
        var before = Member.waiting(offerInRelease: 1, expiresAt: 100, notChosenIn: 1)
        before.standing = .declined
        let counters = Counters(capacity: 1, waiting: 1, reserved: 1, release: 1)
        var allocation = SpotAllocation(application(counters), member: before, now: at(5))
        #expect(allocation.respond(volunteer, .accepted) == nil)
        #expect(allocation.member?.standing == .waiting)
        #expect(allocation.member?.offer == nil)
        #expect(allocation.member?.notChosenIn == 1)
    }

    static let reserved = Counters(capacity: 1, waiting: 2, reserved: 1, release: 1, sent: 5)

    static let whileWaiting = [
        ResponseRow(
            "a valid offer takes the last reserved spot", given: reserved,
            member: .waiting(offerInRelease: 1, expiresAt: 10),
            now: 9, then: Counters(capacity: 1, confirmed: 1, waiting: 1, release: 1, sent: 7), standing: .confirmed,
            sends: ["volunteer 5: подтверждено", "waitlist: 5 accepted", "waitlist: 0 reserved in release 1"],
            broadcasts: [.notChosen(release: 1, lostAt: at(9))]),
        ResponseRow(
            "a valid offer takes one of two reserved spots",
            given: Counters(capacity: 2, waiting: 3, reserved: 2, release: 4),
            member: .waiting(offerInRelease: 4, expiresAt: 10),
            then: Counters(capacity: 2, confirmed: 1, waiting: 2, reserved: 1, release: 4, sent: 3),
            standing: .confirmed,
            sends: ["volunteer 5: подтверждено", "waitlist: 5 accepted", "waitlist: 1 reserved in release 4"]),
        ResponseRow(
            "the last waiting volunteer claims a spot: no other is left to be told",
            given: Counters(capacity: 2, waiting: 1, reserved: 1, release: 1),
            member: .waiting(offerInRelease: 1, expiresAt: 10),
            then: Counters(capacity: 2, confirmed: 1, release: 1, sent: 3), standing: .confirmed,
            sends: ["volunteer 5: подтверждено", "waitlist: 5 accepted", "waitlist: 0 reserved in release 1"]),
        ResponseRow(
            "at exactly expires_at: too late", given: reserved, member: .waiting(offerInRelease: 1, expiresAt: 10),
            now: 10,
            then: reserved, standing: .waiting, sends: ["volunteer 5: не выбрал"]),
        ResponseRow(
            "too late a second time in this release", given: reserved,
            member: .waiting(offerInRelease: 1, expiresAt: 10, notChosenIn: 1), now: 11, then: reserved,
            standing: .waiting,
            sends: []),
        ResponseRow(
            "an offer of an older release is not valid",
            given: Counters(capacity: 1, waiting: 2, reserved: 1, release: 2),
            member: .waiting(offerInRelease: 1, expiresAt: 10),
            then: Counters(capacity: 1, waiting: 2, reserved: 1, release: 2), standing: .waiting, sends: []),
        ResponseRow(
            "told `не выбрал` in an older release, and again in this one",
            given: Counters(capacity: 1, waiting: 2, reserved: 1, release: 2),
            member: .waiting(offerInRelease: 2, expiresAt: 3, notChosenIn: 1),
            then: Counters(capacity: 1, waiting: 2, reserved: 1, release: 2), standing: .waiting,
            sends: ["volunteer 5: не выбрал"]),
        ResponseRow(
            "no offer: stays waiting and is not notified", given: reserved, member: .waiting(), then: reserved,
            standing: .waiting, sends: []),
        ResponseRow(
            "an offer lost to others", given: Counters(capacity: 1, confirmed: 1, waiting: 1, release: 1),
            member: .waiting(offerInRelease: 1, expiresAt: 10),
            then: Counters(capacity: 1, confirmed: 1, waiting: 1, release: 1),
            standing: .waiting, sends: ["volunteer 5: не выбрал"]),
        ResponseRow(
            "too late, but a spot is open: the reservation is sent again",
            given: Counters(capacity: 2, waiting: 2, reserved: 1, release: 1),
            member: .waiting(offerInRelease: 1, expiresAt: 5),
            then: Counters(capacity: 2, confirmed: 1, waiting: 1, reserved: 1, release: 1, sent: 3),
            standing: .confirmed,
            sends: ["volunteer 5: подтверждено", "waitlist: 5 accepted", "waitlist: 1 reserved in release 1"]),
        ResponseRow(
            "the last waiting volunteer takes an open spot: the reservation ends",
            given: Counters(capacity: 2, waiting: 1, reserved: 1, release: 1), member: .waiting(),
            then: Counters(capacity: 2, confirmed: 1, release: 1, sent: 3), standing: .confirmed,
            sends: ["volunteer 5: подтверждено", "waitlist: 5 accepted", "waitlist: 0 reserved in release 1"]),
        ResponseRow(
            "an open spot after the release: nothing is reserved, so no reservation is sent",
            given: Counters(capacity: 1, waiting: 2, release: 1), member: .waiting(offerInRelease: 1, expiresAt: 4),
            then: Counters(capacity: 1, confirmed: 1, waiting: 1, release: 1, sent: 2), standing: .confirmed,
            sends: ["volunteer 5: подтверждено", "waitlist: 5 accepted"]),
    ]

    @Test(arguments: whileWaiting)
    func `rule 3: a waiting volunteer claims a spot by an offer, takes an open spot, or stays waiting`(
        row: ResponseRow
    ) throws {
        try row.check(.accepted)
    }

    @Test(arguments: [
        ResponseRow(
            "confirmed", given: Counters(capacity: 1, confirmed: 1), member: .confirmed,
            then: Counters(capacity: 1, confirmed: 1), standing: .confirmed, sends: [])
    ])
    func `rule 4: an accept by a confirmed volunteer changes nothing`(row: ResponseRow) throws {
        try row.check(.accepted)
    }

    @Test(arguments: [
        ResponseRow(
            "unknown", given: Counters(capacity: 1), member: nil, then: Counters(capacity: 1), standing: nil,
            sends: []),
        ResponseRow(
            "already declined", given: Counters(capacity: 1), member: .declined, then: Counters(capacity: 1),
            standing: .declined, sends: []),
    ])
    func `rule 4: a decline by an unknown or declined volunteer changes nothing`(row: ResponseRow) throws {
        try row.check(.declined)
    }

    static let leaving = [
        ResponseRow(
            "nothing is reserved", given: Counters(capacity: 1, confirmed: 1, waiting: 2), member: .waiting(),
            then: Counters(capacity: 1, confirmed: 1, waiting: 1, sent: 2), standing: .declined,
            sends: ["waitlist: 5 declined", "volunteer 5: 5 declined"]),
        ResponseRow(
            "the reservation is sent again", given: Counters(capacity: 1, waiting: 2, reserved: 1, release: 3),
            member: .waiting(), then: Counters(capacity: 1, waiting: 1, reserved: 1, release: 3, sent: 3),
            standing: .declined,
            sends: ["waitlist: 5 declined", "volunteer 5: 5 declined", "waitlist: 1 reserved in release 3"]),
        ResponseRow(
            "rule 1: fewer wait than spots are reserved, so fewer are reserved",
            given: Counters(capacity: 4, waiting: 3, reserved: 3, release: 3),
            member: .waiting(offerInRelease: 3, expiresAt: 10),
            then: Counters(capacity: 4, waiting: 2, reserved: 2, release: 3, sent: 3), standing: .declined,
            sends: ["waitlist: 5 declined", "volunteer 5: 5 declined", "waitlist: 2 reserved in release 3"]),
        ResponseRow(
            "rule 1: no volunteer is left waiting, so nothing is reserved",
            given: Counters(capacity: 1, waiting: 1, reserved: 1, release: 3),
            member: .waiting(offerInRelease: 3, expiresAt: 10),
            then: Counters(capacity: 1, release: 3, sent: 3), standing: .declined,
            sends: ["waitlist: 5 declined", "volunteer 5: 5 declined", "waitlist: 0 reserved in release 3"]),
    ]

    @Test(arguments: leaving)
    func `rule 5: a waiting volunteer leaves the list`(row: ResponseRow) throws {
        try row.check(.declined)
    }

    static let givingUp = [
        ResponseRow(
            "no volunteer waits", given: Counters(capacity: 1, confirmed: 1), member: .confirmed,
            then: Counters(capacity: 1),
            standing: .declined, sends: ["volunteer 5: 5 declined"]),
        ResponseRow(
            "a volunteer waits: a release begins", given: Counters(capacity: 1, confirmed: 1, waiting: 2, release: 4),
            member: .confirmed, then: Counters(capacity: 1, waiting: 2, reserved: 1, release: 5, sent: 2),
            standing: .declined, sends: ["volunteer 5: 5 declined", "waitlist: 1 reserved in release 5"]),
        ResponseRow(
            "rule 1: the current release continues with one more spot",
            given: Counters(capacity: 2, confirmed: 1, waiting: 2, reserved: 1, release: 5), member: .confirmed,
            then: Counters(capacity: 2, waiting: 2, reserved: 2, release: 5, sent: 2), standing: .declined,
            sends: ["volunteer 5: 5 declined", "waitlist: 2 reserved in release 5"]),
        ResponseRow(
            "the capacity is below the confirmed: no spot becomes free",
            given: Counters(capacity: 1, confirmed: 3, waiting: 1), member: .confirmed,
            then: Counters(capacity: 1, confirmed: 2, waiting: 1), standing: .declined,
            sends: ["volunteer 5: 5 declined"]),
        ResponseRow(
            "rule 1: as many are reserved as wait, so the spot is open to all and those who wait are told",
            given: Counters(capacity: 3, confirmed: 2, waiting: 1, reserved: 1, release: 2), member: .confirmed,
            then: Counters(capacity: 3, confirmed: 1, waiting: 1, reserved: 1, release: 2), standing: .declined,
            sends: ["volunteer 5: 5 declined"], broadcasts: [.spotsOpen(number: 1)]),
        ResponseRow(
            "spots are open: only the new one is reserved",
            given: Counters(capacity: 3, confirmed: 1, waiting: 2, release: 1), member: .confirmed,
            then: Counters(capacity: 3, waiting: 2, reserved: 1, release: 2, sent: 2), standing: .declined,
            sends: ["volunteer 5: 5 declined", "waitlist: 1 reserved in release 2"]),
    ]

    @Test(arguments: givingUp)
    func `rule 6: a confirmed volunteer gives up a spot`(row: ResponseRow) throws {
        try row.check(.declined)
    }
}

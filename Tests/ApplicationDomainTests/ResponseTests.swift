import ApplicationDomain
import Contracts
import Testing

/// One row of rules 2 to 6: a response, the state before and after, and what is said.
struct ResponseRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: Counters
    let member: Member?
    var now = 5
    let after: Counters
    let standing: Member.Standing?
    let says: [String]
    var broadcasts: [Broadcast] = []

    init(
        _ name: String, _ before: Counters, _ member: Member?, now: Int = 5, then after: Counters,
        _ standing: Member.Standing?, says: [String], broadcasts: [Broadcast] = []
    ) {
        testDescription = name
        self.before = before
        self.member = member
        self.now = now
        self.after = after
        self.standing = standing
        self.says = says
        self.broadcasts = broadcasts
    }

    func check(_ status: ResponseStatus) throws {
        var allocation = SpotAllocation(application(before), member: member, now: at(now))
        #expect(allocation.respond(someone, status) == nil)
        #expect(Counters(allocation.application) == after)
        #expect(allocation.member?.standing == standing)
        #expect(allocation.said == says)
        #expect(allocation.broadcasts == broadcasts)
        if standing != member?.standing { #expect(allocation.member?.since == at(now)) }
    }
}

@Suite struct ResponseTests {
    static let newcomers = [
        ResponseRow(
            "an open spot", .init(of: 2), nil, then: .init(of: 2, confirmed: 1), .confirmed,
            says: ["5 подтверждено"]),
        ResponseRow(
            "no spot", .init(of: 1, confirmed: 1), nil, then: .init(of: 1, confirmed: 1, waiting: 1, sent: 2), .waiting,
            says: ["W waiting 5"]),
        ResponseRow(
            "a free spot that is promised", .init(of: 2, confirmed: 1, waiting: 1, reserved: 1, release: 1), nil,
            then: .init(of: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1, sent: 2), .waiting,
            says: ["W waiting 5"]),
        ResponseRow(
            "an open spot beside a promised one", .init(of: 3, confirmed: 1, waiting: 1, reserved: 1, release: 1), nil,
            then: .init(of: 3, confirmed: 2, waiting: 1, reserved: 1, release: 1), .confirmed,
            says: ["5 подтверждено"]),
        ResponseRow(
            "open spots while others wait", .init(of: 2, confirmed: 1, waiting: 3, release: 1), nil,
            then: .init(of: 2, confirmed: 2, waiting: 3, release: 1), .confirmed, says: ["5 подтверждено"]),
        ResponseRow(
            "a capacity lowered below the confirmed", .init(of: 1, confirmed: 2), nil,
            then: .init(of: 1, confirmed: 2, waiting: 1, sent: 2), .waiting, says: ["W waiting 5"]),
        ResponseRow(
            "one who declined comes back", .init(of: 1, confirmed: 1), .declined,
            then: .init(of: 1, confirmed: 1, waiting: 1, sent: 2), .waiting, says: ["W waiting 5"]),
    ]

    @Test(arguments: newcomers)
    func `rule 2: a newcomer takes an open spot or joins the list`(row: ResponseRow) throws {
        try row.check(.accepted)
    }

    @Test
    func `rule 2: one who comes back holds no old offer, and hears no second time what was heard in this release`()
        throws
    {
        var before = Member.waiting(offer: 1, until: 100, notChosenIn: 1)
        before.standing = .declined
        let counters = Counters(of: 1, waiting: 1, reserved: 1, release: 1)
        var allocation = SpotAllocation(application(counters), member: before, now: at(5))
        #expect(allocation.respond(someone, .accepted) == nil)
        #expect(allocation.member?.standing == .waiting)
        #expect(allocation.member?.offer == nil)
        #expect(allocation.member?.notChosenIn == 1)
    }

    static let promised = Counters(of: 1, waiting: 2, reserved: 1, release: 1, sent: 5)

    static let whileWaiting = [
        ResponseRow(
            "an offer that holds takes the last reserved spot", promised, .waiting(offer: 1, until: 10), now: 9,
            then: .init(of: 1, confirmed: 1, waiting: 1, release: 1, sent: 7), .confirmed,
            says: ["5 подтверждено", "W accepted 5", "W 0 reserved in 1"],
            broadcasts: [.notChosen(release: 1, lostAt: at(9))]),
        ResponseRow(
            "an offer that holds takes one of two", .init(of: 2, waiting: 3, reserved: 2, release: 4),
            .waiting(offer: 4, until: 10),
            then: .init(of: 2, confirmed: 1, waiting: 2, reserved: 1, release: 4, sent: 3), .confirmed,
            says: ["5 подтверждено", "W accepted 5", "W 1 reserved in 4"]),
        ResponseRow(
            "the last who waits claims: nobody is left to be told", .init(of: 2, waiting: 1, reserved: 2, release: 1),
            .waiting(offer: 1, until: 10),
            then: .init(of: 2, confirmed: 1, release: 1, sent: 3), .confirmed,
            says: ["5 подтверждено", "W accepted 5", "W 0 reserved in 1"]),
        ResponseRow(
            "at exactly expires_at it is too late", promised, .waiting(offer: 1, until: 10), now: 10, then: promised,
            .waiting, says: ["5 не выбрал"]),
        ResponseRow(
            "too late for the second time in this release", promised, .waiting(offer: 1, until: 10, notChosenIn: 1),
            now: 11, then: promised, .waiting, says: []),
        ResponseRow(
            "an offer of an older release counts for nothing", .init(of: 1, waiting: 2, reserved: 1, release: 2),
            .waiting(offer: 1, until: 10),
            then: .init(of: 1, waiting: 2, reserved: 1, release: 2), .waiting, says: []),
        ResponseRow(
            "`не выбрал` in an older release is said anew in this one",
            .init(of: 1, waiting: 2, reserved: 1, release: 2), .waiting(offer: 2, until: 3, notChosenIn: 1),
            then: .init(of: 1, waiting: 2, reserved: 1, release: 2), .waiting, says: ["5 не выбрал"]),
        ResponseRow(
            "never asked: stays, and hears nothing", promised, .waiting(), then: promised, .waiting, says: []),
        ResponseRow(
            "lost to others", .init(of: 1, confirmed: 1, waiting: 1, release: 1), .waiting(offer: 1, until: 10),
            then: .init(of: 1, confirmed: 1, waiting: 1, release: 1), .waiting, says: ["5 не выбрал"]),
        ResponseRow(
            "too late, but a spot is open: the reservation is said again",
            .init(of: 2, waiting: 2, reserved: 1, release: 1),
            .waiting(offer: 1, until: 5),
            then: .init(of: 2, confirmed: 1, waiting: 1, reserved: 1, release: 1, sent: 3), .confirmed,
            says: ["5 подтверждено", "W accepted 5", "W 1 reserved in 1"]),
        ResponseRow(
            "the last who waits takes an open spot: the reservation ends",
            .init(of: 2, waiting: 1, reserved: 1, release: 1), .waiting(),
            then: .init(of: 2, confirmed: 1, release: 1, sent: 3), .confirmed,
            says: ["5 подтверждено", "W accepted 5", "W 0 reserved in 1"]),
        ResponseRow(
            "an open spot after the release: nothing is reserved, so nothing is said again",
            .init(of: 1, waiting: 2, release: 1), .waiting(offer: 1, until: 4),
            then: .init(of: 1, confirmed: 1, waiting: 1, release: 1, sent: 2), .confirmed,
            says: ["5 подтверждено", "W accepted 5"]),
    ]

    @Test(arguments: whileWaiting)
    func `rule 3: one who waits claims by an offer, takes an open spot, or stays`(row: ResponseRow) throws {
        try row.check(.accepted)
    }

    @Test(arguments: [
        ResponseRow(
            "confirmed", .init(of: 1, confirmed: 1), .confirmed, then: .init(of: 1, confirmed: 1), .confirmed, says: [])
    ])
    func `rule 4: accepted by one who is confirmed changes nothing`(row: ResponseRow) throws {
        try row.check(.accepted)
    }

    @Test(arguments: [
        ResponseRow("unknown", .init(of: 1), nil, then: .init(of: 1), nil, says: []),
        ResponseRow("already declined", .init(of: 1), .declined, then: .init(of: 1), .declined, says: []),
    ])
    func `rule 4: declined by one who holds nothing changes nothing`(row: ResponseRow) throws {
        try row.check(.declined)
    }

    static let leaving = [
        ResponseRow(
            "nothing is reserved", .init(of: 1, confirmed: 1, waiting: 2), .waiting(),
            then: .init(of: 1, confirmed: 1, waiting: 1, sent: 2), .declined, says: ["W declined 5", "5 declined 5"]),
        ResponseRow(
            "reserved spots are said again", .init(of: 1, waiting: 2, reserved: 1, release: 3), .waiting(),
            then: .init(of: 1, waiting: 1, reserved: 1, release: 3, sent: 3), .declined,
            says: ["W declined 5", "5 declined 5", "W 1 reserved in 3"]),
        ResponseRow(
            "rule 1: nobody waits any more, so nothing is reserved", .init(of: 1, waiting: 1, reserved: 1, release: 3),
            .waiting(offer: 3, until: 10), then: .init(of: 1, release: 3, sent: 3), .declined,
            says: ["W declined 5", "5 declined 5", "W 0 reserved in 3"]),
    ]

    @Test(arguments: leaving)
    func `rule 5: one who waits leaves the list`(row: ResponseRow) throws {
        try row.check(.declined)
    }

    static let givingUp = [
        ResponseRow(
            "nobody waits", .init(of: 1, confirmed: 1), .confirmed, then: .init(of: 1), .declined,
            says: ["5 declined 5"]),
        ResponseRow(
            "somebody waits: a release begins", .init(of: 1, confirmed: 1, waiting: 2, release: 4), .confirmed,
            then: .init(of: 1, waiting: 2, reserved: 1, release: 5, sent: 2), .declined,
            says: ["5 declined 5", "W 1 reserved in 5"]),
        ResponseRow(
            "rule 1: the release under way goes on with one spot more",
            .init(of: 2, confirmed: 1, waiting: 2, reserved: 1, release: 5), .confirmed,
            then: .init(of: 2, waiting: 2, reserved: 2, release: 5, sent: 2), .declined,
            says: ["5 declined 5", "W 2 reserved in 5"]),
        ResponseRow(
            "the capacity is lower than the confirmed: no spot comes free", .init(of: 1, confirmed: 3, waiting: 1),
            .confirmed, then: .init(of: 1, confirmed: 2, waiting: 1), .declined, says: ["5 declined 5"]),
        ResponseRow(
            "beside open spots only the new one is reserved", .init(of: 3, confirmed: 1, waiting: 2, release: 1),
            .confirmed,
            then: .init(of: 3, waiting: 2, reserved: 1, release: 2, sent: 2), .declined,
            says: ["5 declined 5", "W 1 reserved in 2"]),
    ]

    @Test(arguments: givingUp)
    func `rule 6: a confirmed volunteer gives up a spot`(row: ResponseRow) throws {
        try row.check(.declined)
    }
}

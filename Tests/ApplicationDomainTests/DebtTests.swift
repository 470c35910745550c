import ApplicationDomain
import Contracts
import Testing

/// What a mass telling owes one member (rules 9 and 11).
struct DebtRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let telling: Broadcast
    let member: Member?
    let says: [String]

    init(_ name: String, _ telling: Broadcast, _ member: Member?, says: [String]) {
        testDescription = name
        self.telling = telling
        self.member = member
        self.says = says
    }
}

@Suite struct DebtTests {
    static let lost = Broadcast.notChosen(release: 1, lostAt: at(9))
    static let cancelled = Broadcast.cancelled(reason: "rain")

    static func claimed(by standing: Member.Standing) -> Member {
        var member = Member.waiting(offer: 1, until: 10)
        member.standing = standing
        return member
    }

    static func toldBefore() -> Member {
        var member = Member.confirmed
        member.toldOfCancellation = true
        return member
    }

    static let debts = [
        DebtRow("an offer that held when the spots went", lost, .waiting(offer: 1, until: 10), says: ["5 не выбрал"]),
        DebtRow("an offer that ended just then", lost, .waiting(offer: 1, until: 9), says: []),
        DebtRow("an offer of another release", lost, .waiting(offer: 2, until: 10), says: []),
        DebtRow("no offer", lost, .waiting(), says: []),
        DebtRow("told already", lost, .waiting(offer: 1, until: 10, notChosenIn: 1), says: []),
        DebtRow("confirmed by it", lost, claimed(by: .confirmed), says: []),
        DebtRow("declined meanwhile", lost, claimed(by: .declined), says: []),
        DebtRow("unknown", lost, nil, says: []),
        DebtRow("waiting when it is cancelled", cancelled, .waiting(), says: ["5 отменено because rain"]),
        DebtRow("confirmed when it is cancelled", cancelled, .confirmed, says: ["5 отменено because rain"]),
        DebtRow("declined when it is cancelled", cancelled, .declined, says: []),
        DebtRow("told of the cancellation already", cancelled, toldBefore(), says: []),
    ]

    @Test(arguments: debts)
    func `rules 9 and 11: what a mass telling owes is paid once`(row: DebtRow) {
        var allocation = SpotAllocation(
            application(.init(of: 1)), member: row.member, pendingBroadcasts: [row.telling], now: at(20))
        allocation.sendPendingBroadcasts()
        #expect(allocation.said == row.says)
        allocation.sendPendingBroadcasts()
        #expect(allocation.said == row.says, "not twice")
    }

    @Test func `debts are paid in their order, and before anything else happens to the member`() throws {
        let counters = Counters(of: 1, waiting: 2, reserved: 1, release: 2)
        var offered = SpotAllocation(
            application(counters), member: .waiting(offer: 1, until: 10), pendingBroadcasts: [Self.lost], now: at(20))
        offered.offer(.offers(until: at(30)))
        #expect(offered.said == ["5 не выбрал", "5 место доступно until 30"])

        var leaving = SpotAllocation(
            application(counters), member: .waiting(offer: 1, until: 10), pendingBroadcasts: [Self.lost], now: at(20))
        #expect(leaving.respond(someone, .declined) == nil)
        #expect(leaving.said == ["5 не выбрал", "W declined 5", "5 declined 5", "W 1 reserved in 2"])

        var late = SpotAllocation(
            application(.init(of: 1), status: .cancelled), member: .waiting(offer: 1, until: 10),
            pendingBroadcasts: [Self.lost, Self.cancelled], now: at(20))
        #expect(late.respond(someone, .accepted) == .applicationCancelled)
        #expect(late.said == ["5 не выбрал", "5 отменено because rain"])
    }

    @Test func `rule 3: who was told in the mass is not told again for coming too late`() throws {
        var allocation = SpotAllocation(
            application(.init(of: 1, confirmed: 1, waiting: 1, release: 1)), member: .waiting(offer: 1, until: 10),
            pendingBroadcasts: [Self.lost], now: at(11))
        #expect(allocation.respond(someone, .accepted) == nil)
        #expect(allocation.said == ["5 не выбрал"])
    }
}

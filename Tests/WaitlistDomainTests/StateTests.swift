import Contracts
import TestSupport
import Testing
import WaitlistDomain

/// The state that ApplicationService sends replaces a list (contract section 4).
@Suite struct StateTests {
    private static let schedule = ApplicationSchedule(
        date: CivilDate(year: 2026, month: 12, day: 9)!, startTime: CivilTime(hour: 14, minute: 0, second: 0)!,
        endTime: CivilTime(hour: 18, minute: 0, second: 0)!, timeZone: "UTC")

    private func volunteer(_ number: Int, offerUntil end: Int? = nil, isListed: Bool = true) -> VolunteerState {
        VolunteerState(
            volunteerID: .trusted("v\(number)"), status: .waiting, since: at(number),
            offerExpiresAt: end.map { at($0) }, isListed: isListed)
    }

    private func part(
        _ volunteers: [VolunteerState], reserved: Int = 1, isFirst: Bool = true, hasMore: Bool = false
    ) -> ApplicationState {
        ApplicationState(
            applicationID: .trusted("7"), name: "Парк", schedule: Self.schedule, startsAt: at(1000),
            reserved: reserved, stamp: AllocationStamp(sent: 40, release: 3), volunteers: volunteers, isFirst: isFirst,
            hasMore: hasMore)
    }

    private func received(
        _ part: ApplicationState, by list: Waitlist = list(seen: 0), rounds: [OfferRound] = []
    )
        -> WaitlistDecision
    {
        var decision = decision(list, origin: origin(epoch: 9, sent: 40, release: 3))
        decision.receive(part, rounds: rounds)
        return decision
    }

    @Test func `volunteers stand in the order in which they come, and those who were not asked are offered the spots`()
    {
        let decision = received(part([volunteer(1), volunteer(2)]))
        #expect(decision.list.seen == 40 && decision.list.epoch == 9 && decision.list.release == 3)
        #expect(decision.list.reserved == 1 && decision.list.listed == 2 && decision.list.nextSequence == 3)
        #expect(!decision.list.isIncomplete)
        #expect(decision.changes.prefix(2) == [.append(entries(1...2)[0]), .append(entries(1...2)[1])])
        #expect(decision.list.scan?.purpose == .offers)
        #expect(decision.messages == [])
    }

    @Test func `offers hold until they end, in a round for each end`() {
        let decision = received(
            part([volunteer(1, offerUntil: 90), volunteer(2, offerUntil: 3), volunteer(3, offerUntil: 90)]))
        let live = OfferRound(number: 1, offeredAt: at(5), expiresAt: at(90), members: 2)
        let lapsed = OfferRound(number: 2, offeredAt: at(5), expiresAt: at(3), lapsed: true, members: 1)
        #expect(
            Array(decision.changes.suffix(4)) == [
                .change(lapsed), .mark([2], round: 2), .change(live), .mark([1, 3], round: 1),
            ])
        #expect(decision.list.asked == 3 && decision.list.outstanding == 2 && decision.list.nextRound == 3)
        #expect(decision.list.scan == nil, "the live offers are waited for")
    }

    @Test func `a later part goes on with the rounds of the part before`() {
        let first = received(part([volunteer(1, offerUntil: 90)], hasMore: true))
        #expect(first.list.isIncomplete && first.list.scan == nil)
        let known = OfferRound(number: 1, offeredAt: at(5), expiresAt: at(90), members: 1)
        let second = received(
            part([volunteer(2, offerUntil: 90), volunteer(3)], isFirst: false), by: first.list, rounds: [known])
        var both = known
        both.members = 2
        #expect(second.changes.contains(.change(both)) && second.changes.contains(.mark([2], round: 1)))
        #expect(second.list.listed == 3 && second.list.asked == 2 && second.list.outstanding == 2)
    }

    @Test func `those of whom ApplicationService has not heard yet are told their positions`() {
        let decision = received(part([volunteer(1), volunteer(2, isListed: false)], reserved: 0))
        #expect(decision.sent == ["v2 at 2"])
    }

    @Test func `until the last part there are no offers, and volunteers who join come with a later part`() {
        var list = received(part([volunteer(1), volunteer(2)], hasMore: true)).list
        func decide(_ body: (inout WaitlistDecision) -> Void) -> WaitlistDecision {
            var next = decision(list, origin: origin(epoch: 9, sent: 41, release: 3))
            body(&next)
            list = next.list
            return next
        }
        let joined = decide { $0.enqueue(.trusted("v9"), since: at(6), position: nil) }
        #expect(joined.changes == [] && joined.messages == [])
        let left = decide { $0.remove(.trusted("v1"), isListed: true, round: nil) }
        #expect(left.changes == [.remove(volunteer: .trusted("v1"))])
        let reserved = decide { $0.reserve(reservation(2, release: 3)) }
        #expect(reserved.list.reserved == 2 && reserved.list.scan == nil)
        #expect(decide { $0.update(startsAt: at(2000), liveRounds: []) }.list.scan == nil)
        #expect(decide { $0.discarded() }.list.scan == nil)
        let last = received(part([volunteer(9, isListed: false)], reserved: 2, isFirst: false), by: list)
        #expect(last.list.scan?.purpose == .offers && last.list.listed == 2 && last.sent == ["v9 at 2"])
    }

    @Test func `without reserved spots no one was asked`() {
        let decision = received(part([volunteer(1, offerUntil: 90)], reserved: 0))
        #expect(decision.list.asked == 0 && decision.list.outstanding == 0 && decision.list.scan == nil)
    }
}

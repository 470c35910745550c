import ApplicationDomain
import Contracts
import Testing

/// Every change of a response has a reason, which its reader is shown (contract section 8, "Caller's view").
@Suite struct ResponseReasonTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let before: Counters
        let member: Member?
        let status: ResponseStatus
        var remover: String?
        /// Nil if nothing changes.
        let reason: ResponseReason?
    }

    /// A member whose last change was recorded at 1.
    static func member(_ member: Member, _ reason: ResponseReason) -> Member {
        var member = member
        member.lastChange = ResponseChange(reason, at: at(1))
        return member
    }

    static let full = Counters(capacity: 1, confirmed: 1, waiting: 1, release: 1)
    static let reserved = Counters(capacity: 1, waiting: 2, reserved: 1, release: 1)
    static let waits = member(.waiting(), .noOpenSpot)
    static func offered(_ expiresAt: Int, release: Int = 1) -> Member {
        member(.waiting(offerInRelease: release, expiresAt: expiresAt), .spotOffered)
    }

    static let rows = [
        Row(
            testDescription: "a newcomer takes an open spot", before: Counters(capacity: 1), member: nil,
            status: .accepted, reason: .openSpotTaken),
        Row(
            testDescription: "a newcomer finds none", before: full, member: nil, status: .accepted,
            reason: .noOpenSpot),
        Row(
            testDescription: "a volunteer who declined returns", before: full,
            member: member(.declined, .removedByOrganiser), status: .accepted, reason: .noOpenSpot),
        Row(
            testDescription: "an offer is claimed", before: reserved, member: offered(10), status: .accepted,
            reason: .offerAccepted),
        Row(
            testDescription: "a waiting volunteer takes an open spot",
            before: Counters(capacity: 1, waiting: 1, release: 1), member: waits, status: .accepted,
            reason: .openSpotTaken),
        Row(
            testDescription: "a waiting volunteer without an offer accepts again", before: full, member: waits,
            status: .accepted, reason: nil),
        Row(
            testDescription: "the offer has lapsed", before: reserved, member: offered(5), status: .accepted,
            reason: .tooLate),
        Row(
            testDescription: "the offer was lost to others", before: full, member: offered(10), status: .accepted,
            reason: .tooLate),
        Row(
            testDescription: "the volunteer was told that the offer was lost", before: full,
            member: member(.waiting(offerInRelease: 1, expiresAt: 10, notChosenIn: 1), .notChosen), status: .accepted,
            reason: .tooLate),
        Row(
            testDescription: "too late again", before: full,
            member: member(.waiting(offerInRelease: 1, expiresAt: 10, notChosenIn: 1), .tooLate), status: .accepted,
            reason: nil),
        Row(
            testDescription: "the offer was of an older release",
            before: Counters(capacity: 1, waiting: 2, reserved: 1, release: 2), member: offered(3), status: .accepted,
            reason: nil),
        Row(
            testDescription: "others took the spots that were open", before: full,
            member: member(.waiting(), .spotsOpened), status: .accepted, reason: .tooLate),
        Row(
            testDescription: "a confirmed volunteer accepts again", before: full,
            member: member(.confirmed, .openSpotTaken), status: .accepted, reason: nil),
        Row(
            testDescription: "a volunteer leaves the list", before: full, member: waits, status: .declined,
            reason: .declinedByVolunteer),
        Row(
            testDescription: "a volunteer gives up a spot", before: full, member: member(.confirmed, .openSpotTaken),
            status: .declined, reason: .declinedByVolunteer),
        Row(
            testDescription: "the fund removes a volunteer from the list", before: full, member: waits,
            status: .declined, remover: "fund:1", reason: .removedByOrganiser),
        Row(
            testDescription: "the fund takes a spot away", before: full, member: member(.confirmed, .openSpotTaken),
            status: .declined, remover: "fund:1", reason: .removedByOrganiser),
        Row(
            testDescription: "a volunteer who was removed declines", before: full,
            member: member(.declined, .removedByOrganiser), status: .declined, reason: nil),
    ]

    @Test(arguments: rows) func `a response that changes something has its reason, any other keeps the last`(row: Row) {
        var allocation = SpotAllocation(application(row.before), member: row.member, now: at(5))
        #expect(allocation.respond(volunteer, row.status, by: row.remover) == nil)
        let change = row.reason.map { ResponseChange($0, at: at(5)) } ?? row.member?.lastChange
        #expect(allocation.member?.lastChange == change)
        guard row.reason != nil, let member = allocation.member else { return }
        #expect(allocation.application.lastChange(of: member, at: at(5)) == change, "it is what the reader is shown")
    }

    @Test func `a refused response keeps the last reason`() {
        var tired = Self.member(.declined, .declinedByVolunteer)
        tired.givenUpAt = [at(2), at(3), at(4)]
        var allocation = SpotAllocation(application(Counters(capacity: 1)), member: tired, now: at(5))
        #expect(allocation.respond(volunteer, .accepted) == .tooManyChanges)
        #expect(allocation.member == tired)
    }

    // MARK: - Told by the waiting list

    @Test func `an offer and its new end are changes, the same offer again is none`() {
        let current = application(Counters(capacity: 1, waiting: 2, reserved: 1, release: 1))
        var first = SpotAllocation(current, member: Self.waits, now: at(5))
        first.offer(.offers(until: at(10)))
        #expect(first.member?.lastChange == ResponseChange(.spotOffered, at: at(5)))
        var again = SpotAllocation(current, member: first.member, now: at(6))
        again.offer(.offers(until: at(10)))
        #expect(again.member == first.member)
        again.offer(.offers(until: at(9)))
        #expect(again.member?.lastChange == ResponseChange(.spotOffered, at: at(6)))
    }

    @Test(arguments: [true, false]) func `spots that are opened to all are a change`(isLast: Bool) {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1, waiting: 2, reserved: 1, release: 1)), member: Self.waits, now: at(5))
        allocation.offer(.openToAll(isLast: isLast))
        #expect(allocation.member?.lastChange == ResponseChange(.spotsOpened, at: at(5)))
        #expect(
            allocation.member.flatMap { allocation.application.lastChange(of: $0, at: at(6)) }
                == ResponseChange(.spotsOpened, at: at(5)))
    }

    @Test func `a broadcast of lost or opened spots is a change for those it concerns`() {
        let lost = Broadcast.notChosen(release: 1, lostAt: at(4))
        for (member, reason) in [(Self.offered(10), ResponseReason.notChosen), (Self.waits, .noOpenSpot)] {
            var allocation = SpotAllocation(
                application(Self.full), member: member, pendingBroadcasts: [lost], now: at(5))
            allocation.receiveBroadcasts()
            #expect(allocation.member?.lastChange?.reason == reason)
        }
        var opened = application(Counters(capacity: 3, waiting: 2, reserved: 2, release: 1))
        opened.openings = 1
        var allocation = SpotAllocation(
            opened, member: Self.waits, pendingBroadcasts: [.spotsOpen(number: 1)], now: at(5))
        allocation.receiveBroadcasts()
        #expect(allocation.member?.lastChange == ResponseChange(.spotsOpened, at: at(5)))
    }

    // MARK: - What follows from the clock and the application

    @Test func `an offer that ended unanswered has lapsed, one that ended before its time was lost`() {
        let offering = application(Self.reserved)
        #expect(offering.lastChange(of: Self.offered(10), at: at(9))?.reason == .spotOffered)
        #expect(
            offering.lastChange(of: Self.offered(10), at: at(10)) == ResponseChange(.offerLapsed, at: at(10)))
        // The broadcast has not reached this member yet.
        #expect(
            application(Self.full).lastChange(of: Self.offered(10), at: at(9))
                == ResponseChange(.notChosen, at: at(1)))
        #expect(
            application(Self.full).lastChange(of: Self.offered(10), at: at(10))?.reason == .offerLapsed)
    }

    @Test func `the start ends waiting, and not a confirmation; a start that moves takes it back`() {
        let confirmed = Self.member(.confirmed, .openSpotTaken)
        let late = application(Self.reserved, startsAt: 8)
        #expect(late.lastChange(of: Self.offered(8), at: at(8)) == ResponseChange(.applicationStarted, at: at(8)))
        #expect(late.lastChange(of: confirmed, at: at(8)) == confirmed.lastChange)
        #expect(application(Self.reserved).lastChange(of: Self.waits, at: at(8)) == Self.waits.lastChange)
    }

    @Test func `a cancellation is the last change of all who have not declined`() {
        var cancelled = SpotAllocation(application(Self.full), now: at(5))
        cancelled.cancel(CancelVolunteerApplication(applicationID: .trusted("7"), reason: "rain"))
        cancelled.cancel(CancelVolunteerApplication(applicationID: .trusted("7"), reason: "snow"))
        let ended = cancelled.application
        #expect(ended.cancelReason == "rain" && ended.updatedAt == at(5))
        for member in [Self.waits, Self.offered(100), Self.member(.confirmed, .openSpotTaken)] {
            #expect(ended.lastChange(of: member, at: at(9)) == ResponseChange(.applicationCancelled, at: at(5)))
        }
        let declined = Self.member(.declined, .declinedByVolunteer)
        #expect(ended.lastChange(of: declined, at: at(9)) == declined.lastChange)
    }

    @Test func `what an earlier version did not record stays unknown`() {
        #expect(application(Self.full).lastChange(of: .waiting(), at: at(9)) == nil)
        #expect(
            application(Self.full, status: .cancelled).lastChange(of: .waiting(), at: at(9))
                == ResponseChange(.applicationCancelled, at: nil))
    }

    @Test func `each reason occurs in one of these tests or follows from the clock`() {
        let derived: Set<ResponseReason> = [.offerLapsed, .applicationStarted, .applicationCancelled]
        let told: Set<ResponseReason> = [.spotOffered, .spotsOpened, .notChosen]
        let answered = Set(Self.rows.compactMap(\.reason))
        #expect(derived.union(told).union(answered) == Set(ResponseReason.allCases))
    }

    // MARK: - Times and the order of those who wait

    @Test func `a response keeps the time of the first one, and an application that of its creation`() throws {
        var allocation = SpotAllocation(application(Self.full), now: at(5))
        #expect(allocation.respond(volunteer, .accepted) == nil)
        var returned = SpotAllocation(allocation.application, member: allocation.member, now: at(8))
        #expect(returned.respond(volunteer, .declined) == nil)
        #expect(returned.respond(volunteer, .accepted) == nil)
        #expect(returned.member?.createdAt == at(5))

        let schedule = details(startsAt: 1000).schedule
        let create = CreateVolunteerApplication(
            fundID: .trusted("1"), applicationID: .trusted("7"), availableSpots: 1, description: "", name: "Trees",
            date: schedule.date, startTime: schedule.startTime, endTime: schedule.endTime, timeZone: "UTC")
        let created = SpotAllocation.create(create, digest: "d", defaultZone: "UTC", now: at(3)).application
        #expect(created.createdAt == at(3) && created.updatedAt == at(3))
        var changed = SpotAllocation(created, now: at(6))
        try changed.update(setCapacity(1))
        #expect(changed.application.updatedAt == at(3), "nothing was changed")
        try changed.update(setCapacity(2))
        #expect(changed.application.createdAt == at(3) && changed.application.updatedAt == at(6))
        var taken = SpotAllocation(changed.application, now: at(7))
        #expect(taken.respond(volunteer, .accepted) == nil)
        #expect(taken.application.updatedAt == at(6), "a response does not change what the fund published")
    }

    @Test func `who waits is numbered in the order of the messages to the waiting list`() {
        var current = application(Counters(capacity: 1, confirmed: 1, sent: 4))
        var sequences: [Int?] = []
        for _ in 0..<3 {
            var allocation = SpotAllocation(current, now: at(5))
            #expect(allocation.respond(volunteer, .accepted) == nil)
            sequences.append(allocation.member?.sequence)
            current = allocation.application
        }
        #expect(sequences == [5, 6, 7])
        var listed = Member.waiting(offerInRelease: 1, expiresAt: 10)
        listed.sequence = 5
        var leaving = SpotAllocation(current, member: listed, now: at(6))
        #expect(leaving.respond(volunteer, .declined) == nil)
        #expect(leaving.member?.sequence == nil)
        #expect(leaving.respond(volunteer, .accepted) == nil)
        #expect(leaving.member?.sequence == 9, "behind those who stayed")
        var claiming = SpotAllocation(application(Self.reserved), member: listed, now: at(6))
        #expect(claiming.respond(volunteer, .accepted) == nil)
        #expect(claiming.member?.sequence == nil)
    }
}

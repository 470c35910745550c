import ApplicationDomain
import Contracts
import Foundation
import Testing

/// A row of rule 8: a `notify_free_spot` from WaitlistService, and its classification.
struct AnswerRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let message: NotifyFreeSpot
    var reserved = 1
    var status = VolunteerApplication.Status.open
    let expected: SpotAllocation.FreeSpotAnswer

    init(
        _ name: String, _ message: NotifyFreeSpot, reserved: Int = 1, status: VolunteerApplication.Status = .open,
        expected: SpotAllocation.FreeSpotAnswer
    ) {
        testDescription = name
        self.message = message
        self.reserved = reserved
        self.status = status
        self.expected = expected
    }
}

@Suite struct WaitlistAnswerTests {
    static let current = Counters(capacity: 1, waiting: 2, reserved: 1, release: 2, sent: 6)

    static let answers = [
        AnswerRow("offers", freeSpots(release: 2, expiresAt: 10, seen: 6), expected: .offers(until: at(10))),
        AnswerRow(
            "offers with an older count", freeSpots(release: 2, expiresAt: 10, seen: 4),
            expected: .offers(until: at(10))),
        AnswerRow("offers in an older release", freeSpots(release: 1, expiresAt: 10, seen: 6), expected: .ignored),
        AnswerRow("offers in a later release", freeSpots(release: 3, expiresAt: 10, seen: 6), expected: .ignored),
        AnswerRow("offers without a release", freeSpots(release: nil, expiresAt: 10, seen: 6), expected: .ignored),
        AnswerRow("offers when R = 0", freeSpots(release: 2, expiresAt: 10, seen: 6), reserved: 0, expected: .ignored),
        AnswerRow("open to all", freeSpots(release: 2, seen: 6), expected: .openToAll(isLast: true)),
        AnswerRow("open to all with an older count", freeSpots(release: 2, seen: 5), expected: .ignored),
        AnswerRow("open to all without a count", freeSpots(release: 2), expected: .ignored),
        AnswerRow("open to all in an older release", freeSpots(release: 1, seen: 6), expected: .ignored),
        AnswerRow("open to all when R = 0", freeSpots(release: 2, seen: 6), reserved: 0, expected: .ignored),
        AnswerRow(
            "a part of an opening that is not the last, with an older count",
            freeSpots(release: 2, seen: 5, more: true),
            expected: .openToAll(isLast: false)),
        AnswerRow("after the start", freeSpots(release: 2, expiresAt: 10), status: .started, expected: .ignored),
        AnswerRow(
            "after the cancellation", freeSpots(release: 2, expiresAt: 10), status: .cancelled, expected: .ignored),
    ]

    @Test(arguments: answers)
    func `rule 8: an answer is valid only for the current release, and while spots are reserved`(row: AnswerRow) {
        var counters = Self.current
        counters.reserved = row.reserved
        let startsAt = row.status == .started ? 5 : 1000
        let allocation = SpotAllocation(
            application(counters, status: row.status, startsAt: startsAt), now: at(5))
        let end = row.message.expiresAt?.timestamp(in: .gmt)
        #expect(allocation.classify(row.message, expiresAt: end) == row.expected)
    }

    @Test func `rule 8: waiting volunteers get offers and are told when they expire; others are not notified`() {
        for member in [nil, Member.confirmed, .declined] {
            var allocation = SpotAllocation(application(Self.current), member: member, now: at(5))
            allocation.offer(.offers(until: at(10)))
            allocation.offer(.openToAll(isLast: true))
            #expect(allocation.sentMessages.isEmpty)
            #expect(allocation.member == member)
        }
        var allocation = SpotAllocation(application(Self.current), member: .waiting(), now: at(5))
        allocation.offer(.offers(until: at(10)))
        #expect(allocation.member?.offer == .init(release: 2, expiresAt: at(10)))
        #expect(allocation.sentMessages == ["volunteer 5: место доступно until 10"])
        allocation.offer(.ignored)
        allocation.offer(.offers(until: at(10)))
        #expect(allocation.sentMessages == ["volunteer 5: место доступно until 10"], "the same offer is notified once")
        allocation.offer(.offers(until: at(8)))
        #expect(
            allocation.sentMessages == ["volunteer 5: место доступно until 10", "volunteer 5: место доступно until 8"],
            "rule 11: A overwrites")
        #expect(allocation.member?.offer == .init(release: 2, expiresAt: at(8)))
    }

    @Test func `rule 8: an opening is notified without a time limit, and its last part ends the release`() {
        var allocation = SpotAllocation(
            application(Self.current), member: .waiting(offerInRelease: 2, expiresAt: 4), now: at(5))
        allocation.endRelease(after: .openToAll(isLast: false))
        allocation.endRelease(after: .offers(until: at(10)))
        allocation.endRelease(after: .ignored)
        #expect(Counters(allocation.application) == Self.current, "only the last part ends it")
        allocation.offer(.openToAll(isLast: true))
        allocation.endRelease(after: .openToAll(isLast: true))
        #expect(allocation.sentMessages == ["volunteer 5: место доступно", "waitlist: 0 reserved in release 2"])
        #expect(
            Counters(allocation.application) == Counters(capacity: 1, waiting: 2, release: 2, sent: 7),
            "waiting volunteers keep their positions"
        )
        #expect(allocation.broadcasts.isEmpty, "no offer is lost to others")
        #expect(allocation.member?.standing == .waiting)
    }

    @Test func `rule 8: a volunteer named by an early part of an opening may claim a spot before the release ends`()
        throws
    {
        var allocation = SpotAllocation(application(Self.current), member: .waiting(), now: at(5))
        allocation.offer(.openToAll(isLast: false))
        #expect(allocation.sentMessages == ["volunteer 5: место доступно"])
        #expect(allocation.respond(volunteer, .accepted) == nil)
        #expect(allocation.member?.standing == .confirmed)
        #expect(allocation.application.reserved == 0)
    }

    @Test func `rule 9: a listed volunteer is told the position, if still waiting`() {
        for (member, sends) in [
            (Member.waiting(), ["volunteer 5: в листе ожидания at 3"]), (.confirmed, []), (.declined, []),
        ] {
            var allocation = SpotAllocation(application(Self.current), member: member, now: at(5))
            allocation.listed(at: 3)
            #expect(allocation.sentMessages == sends)
        }
        var unknown = SpotAllocation(application(Self.current), now: at(5))
        unknown.listed(at: 3)
        var cancelled = SpotAllocation(application(Self.current, status: .cancelled), member: .waiting(), now: at(5))
        cancelled.listed(at: 3)
        #expect(unknown.sentMessages.isEmpty && cancelled.sentMessages.isEmpty, "rule 11: nothing after `отменено`")
    }

    @Test func `a waiting list record lists the response it answers, not a later one of the same volunteer`() {
        var allocation = SpotAllocation(application(Self.current), member: .waiting(), now: at(5))
        let since = allocation.member?.since
        allocation.listed(at: 3, since: at(-99))
        #expect(allocation.member?.isListed == false)
        allocation.listed(at: 3, since: since)
        #expect(allocation.member?.isListed == true)
        #expect(allocation.respond(volunteer, .declined) == nil)
        #expect(allocation.respond(volunteer, .accepted) == nil)
        #expect(allocation.member?.isListed == false, "the new response is not on the list yet")
    }
}

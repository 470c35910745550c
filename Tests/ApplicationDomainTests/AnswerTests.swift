import ApplicationDomain
import Contracts
import Foundation
import Testing

/// One row of rule 8: an answer of WaitlistService and what it means.
struct AnswerRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let message: NotifyFreeSpot
    var reserved = 1
    var status = VolunteerApplication.Status.open
    let means: SpotAllocation.FreeSpotAnswer

    init(
        _ name: String, _ message: NotifyFreeSpot, reserved: Int = 1, status: VolunteerApplication.Status = .open,
        means: SpotAllocation.FreeSpotAnswer
    ) {
        testDescription = name
        self.message = message
        self.reserved = reserved
        self.status = status
        self.means = means
    }
}

@Suite struct AnswerTests {
    static let current = Counters(of: 1, waiting: 2, reserved: 1, release: 2, sent: 6)

    static let answers = [
        AnswerRow("offers", answer(release: 2, expiresAt: 10, seen: 6), means: .offers(until: at(10))),
        AnswerRow(
            "offers by an older count", answer(release: 2, expiresAt: 10, seen: 4), means: .offers(until: at(10))),
        AnswerRow("offers of an older release", answer(release: 1, expiresAt: 10, seen: 6), means: .ignored),
        AnswerRow("offers of a release to come", answer(release: 3, expiresAt: 10, seen: 6), means: .ignored),
        AnswerRow("offers of no release", answer(release: nil, expiresAt: 10, seen: 6), means: .ignored),
        AnswerRow("offers when R = 0", answer(release: 2, expiresAt: 10, seen: 6), reserved: 0, means: .ignored),
        AnswerRow("open to all", answer(release: 2, seen: 6), means: .openToAll(isLast: true)),
        AnswerRow("open to all by an older count", answer(release: 2, seen: 5), means: .ignored),
        AnswerRow("open to all without a count", answer(release: 2), means: .ignored),
        AnswerRow("open to all of an older release", answer(release: 1, seen: 6), means: .ignored),
        AnswerRow("open to all when R = 0", answer(release: 2, seen: 6), reserved: 0, means: .ignored),
        AnswerRow(
            "a part of it names people by any count", answer(release: 2, seen: 5, more: true),
            means: .openToAll(isLast: false)),
        AnswerRow("after the start", answer(release: 2, expiresAt: 10), status: .started, means: .ignored),
        AnswerRow("after the cancel", answer(release: 2, expiresAt: 10), status: .cancelled, means: .ignored),
    ]

    @Test(arguments: answers)
    func `rule 8: an answer counts in its own release, while spots are reserved`(row: AnswerRow) {
        var counters = Self.current
        counters.reserved = row.reserved
        let allocation = SpotAllocation(application(counters, status: row.status), now: at(5))
        let end = row.message.expiresAt?.timestamp(in: .gmt)
        #expect(allocation.classify(row.message, expiresAt: end) == row.means)
    }

    @Test func `rule 8: those who wait now hold offers and are told until when; others hear nothing`() {
        for member in [nil, Member.confirmed, .declined] {
            var allocation = SpotAllocation(application(Self.current), member: member, now: at(5))
            allocation.offer(.offers(until: at(10)))
            allocation.offer(.openToAll(isLast: true))
            #expect(allocation.said.isEmpty)
            #expect(allocation.member == member)
        }
        var allocation = SpotAllocation(application(Self.current), member: .waiting(), now: at(5))
        allocation.offer(.offers(until: at(10)))
        #expect(allocation.member?.offer == .init(release: 2, expiresAt: at(10)))
        #expect(allocation.said == ["5 место доступно until 10"])
        allocation.offer(.ignored)
        allocation.offer(.offers(until: at(10)))
        #expect(allocation.said == ["5 место доступно until 10"], "the same offer is told once")
        allocation.offer(.offers(until: at(8)))
        #expect(allocation.said == ["5 место доступно until 10", "5 место доступно until 8"], "rule 11: A overwrites")
        #expect(allocation.member?.offer == .init(release: 2, expiresAt: at(8)))
    }

    @Test func `rule 8: open to all is told without a time, and ends the release with its last part`() {
        var allocation = SpotAllocation(application(Self.current), member: .waiting(offer: 2, until: 4), now: at(5))
        allocation.endRelease(after: .openToAll(isLast: false))
        allocation.endRelease(after: .offers(until: at(10)))
        allocation.endRelease(after: .ignored)
        #expect(Counters(allocation.application) == Self.current, "nothing but the last part ends it")
        allocation.offer(.openToAll(isLast: true))
        allocation.endRelease(after: .openToAll(isLast: true))
        #expect(allocation.said == ["5 место доступно", "W 0 reserved in 2"])
        #expect(
            Counters(allocation.application) == .init(of: 1, waiting: 2, release: 2, sent: 7),
            "the waiting keep their places"
        )
        #expect(allocation.broadcasts.isEmpty, "what is open to all is lost to nobody")
        #expect(allocation.member?.standing == .waiting)
    }

    @Test func `rule 8: whom an early part of an opening names may claim at once, while the release lasts`() throws {
        var allocation = SpotAllocation(application(Self.current), member: .waiting(), now: at(5))
        allocation.offer(.openToAll(isLast: false))
        #expect(allocation.said == ["5 место доступно"])
        #expect(allocation.respond(someone, .accepted) == nil)
        #expect(allocation.member?.standing == .confirmed)
        #expect(allocation.application.reserved == 0)
    }

    @Test func `rule 9: one who is on the list is told the place, if still waiting`() {
        for (member, says) in [(Member.waiting(), ["5 в листе ожидания at 3"]), (.confirmed, []), (.declined, [])] {
            var allocation = SpotAllocation(application(Self.current), member: member, now: at(5))
            allocation.listed(at: 3)
            #expect(allocation.said == says)
        }
        var unknown = SpotAllocation(application(Self.current), now: at(5))
        unknown.listed(at: 3)
        var cancelled = SpotAllocation(application(Self.current, status: .cancelled), member: .waiting(), now: at(5))
        cancelled.listed(at: 3)
        #expect(unknown.said.isEmpty && cancelled.said.isEmpty, "rule 11: nothing after `отменено`")
    }

    @Test func `an answer lists the response that it answers, and no later one of the same volunteer`() {
        var allocation = SpotAllocation(application(Self.current), member: .waiting(), now: at(5))
        let since = allocation.member?.since
        allocation.listed(at: 3, since: at(-99))
        #expect(allocation.member?.isListed == false)
        allocation.listed(at: 3, since: since)
        #expect(allocation.member?.isListed == true)
        #expect(allocation.respond(someone, .declined) == nil)
        #expect(allocation.respond(someone, .accepted) == nil)
        #expect(allocation.member?.isListed == false, "who comes back is not on the list yet")
    }
}

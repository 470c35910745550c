import ApplicationDomain
import Contracts
import Foundation
import Testing

/// Every message to WaitlistService says how far this side has come, and an answer in another epoch is ignored
/// (contract sections 4 and 5).
@Suite struct StampTests {
    private func stamps(_ allocation: SpotAllocation) -> [AllocationStamp?] {
        allocation.messages.filter { $0.destination == .waitlist }.map(\.message.stamp)
    }

    @Test func `every message to WaitlistService has the next number and the release`() throws {
        let create = CreateVolunteerApplication(
            fundID: .trusted("1"), applicationID: .trusted("7"), availableSpots: 1, description: "", name: "Trees",
            date: details(startsAt: 1000).schedule.date, startTime: details(startsAt: 1000).schedule.startTime,
            endTime: details(startsAt: 1000).schedule.endTime, timeZone: "UTC",
            stamp: AllocationStamp(sent: 99, release: 99))
        let created = SpotAllocation.create(create, digest: "digest", defaultZone: "UTC", now: at(0))
        #expect(stamps(created) == [AllocationStamp(sent: 1, release: 0)], "what a sender outside wrote is replaced")

        let counters = Counters(capacity: 2, confirmed: 1, waiting: 1, reserved: 1, release: 4, sent: 6)
        var claimed = SpotAllocation(
            application(counters), member: .waiting(offerInRelease: 4, expiresAt: 99), now: at(5))
        #expect(claimed.respond(volunteer, .accepted) == nil)
        #expect(stamps(claimed) == [7, 8].map { AllocationStamp(sent: $0, release: 4) })

        var moved = SpotAllocation(application(counters), now: at(5))
        try moved.update(moveStart(to: 500))
        moved.cancel(CancelVolunteerApplication(applicationID: .trusted("7")))
        #expect(stamps(moved) == [7, 8].map { AllocationStamp(sent: $0, release: 4) })
    }

    @Test func `messages to the notifiers have none`() throws {
        var allocation = SpotAllocation(application(Counters(capacity: 1)), now: at(5))
        var update = moveStart(to: 500)
        update.stamp = AllocationStamp(sent: 5, release: 5)
        try allocation.update(update)
        var cancel = CancelVolunteerApplication(applicationID: .trusted("7"))
        cancel.stamp = update.stamp
        allocation.cancel(cancel)
        let toNotifiers = allocation.messages.filter { $0.destination != .waitlist }
        #expect(toNotifiers.count == 2 && toNotifiers.allSatisfy { $0.message.stamp == nil })
    }

    /// (the epoch that the answer names, our epoch, whether the answer counts)
    @Test(
        arguments: [(5, 5, true), (nil, 5, true), (4, 5, false), (6, 5, false), (5, nil, true)]
            as [(Int64?, Int64?, Bool)])
    func `an answer counts only in the current epoch`(answered: Int64?, current: Int64?, counts: Bool) {
        let allocation = SpotAllocation(
            application(Counters(capacity: 1, waiting: 1, reserved: 1, release: 2, sent: 6)), now: at(5))
        var offers = freeSpots(release: 2, expiresAt: 10)
        var opening = freeSpots(release: 2, seen: 6)
        offers.epoch = answered
        opening.epoch = answered
        let answers = [offers, opening].map {
            allocation.classify($0, expiresAt: $0.expiresAt?.timestamp(in: .gmt), epoch: current)
        }
        #expect(answers == (counts ? [.offers(until: at(10)), .openToAll(isLast: true)] : [.ignored, .ignored]))
    }
}

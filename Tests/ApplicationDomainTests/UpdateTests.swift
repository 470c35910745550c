import ApplicationDomain
import Contracts
import Testing

/// A row of rule 7: an update of the capacity.
struct CapacityRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: Counters
    let newCapacity: Int
    let after: Counters
    let sends: [String]
    let broadcasts: [Broadcast]

    init(
        _ name: String, given before: Counters, newCapacity: Int, then after: Counters, sends: [String],
        broadcasts: [Broadcast] = []
    ) {
        testDescription = name
        self.before = before
        self.newCapacity = newCapacity
        self.after = after
        self.sends = sends
        self.broadcasts = broadcasts
    }
}

@Suite struct UpdateTests {
    static let updateSent = ["waitlist: update", "notifiers: update"]

    static let capacities = [
        CapacityRow(
            "raised while no volunteer waits", given: Counters(capacity: 1, confirmed: 1), newCapacity: 3,
            then: Counters(capacity: 3, confirmed: 1, sent: 2), sends: updateSent),
        CapacityRow(
            "raised: the new spots are reserved in a new release",
            given: Counters(capacity: 1, confirmed: 1, waiting: 5, release: 2), newCapacity: 3,
            then: Counters(capacity: 3, confirmed: 1, waiting: 5, reserved: 2, release: 3, sent: 3),
            sends: updateSent + ["waitlist: 2 reserved in release 3"]),
        CapacityRow(
            "raised during a release", given: Counters(capacity: 2, confirmed: 1, waiting: 5, reserved: 1, release: 2),
            newCapacity: 4, then: Counters(capacity: 4, confirmed: 1, waiting: 5, reserved: 3, release: 2, sent: 3),
            sends: updateSent + ["waitlist: 3 reserved in release 2"]),
        CapacityRow(
            "raised while spots are open: only the new spots are reserved",
            given: Counters(capacity: 2, confirmed: 1, waiting: 1, release: 1), newCapacity: 3,
            then: Counters(capacity: 3, confirmed: 1, waiting: 1, reserved: 1, release: 2, sent: 3),
            sends: updateSent + ["waitlist: 1 reserved in release 2"]),
        CapacityRow(
            "raised beyond what the list can use: the rest is open, and the offers tell those who wait",
            given: Counters(capacity: 1, confirmed: 1, waiting: 1), newCapacity: 100,
            then: Counters(capacity: 100, confirmed: 1, waiting: 1, reserved: 1, release: 1, sent: 3),
            sends: updateSent + ["waitlist: 1 reserved in release 1"]),
        CapacityRow(
            "raised while as many are reserved as wait: those who wait are told of the open spots",
            given: Counters(capacity: 2, confirmed: 1, waiting: 1, reserved: 1, release: 1), newCapacity: 4,
            then: Counters(capacity: 4, confirmed: 1, waiting: 1, reserved: 1, release: 1, sent: 2),
            sends: updateSent, broadcasts: [.spotsOpen(number: 1)]),
        CapacityRow(
            "lowered to fewer than wait, of spots that the list could not use",
            given: Counters(capacity: 5, confirmed: 1, waiting: 2, reserved: 2, release: 1), newCapacity: 3,
            then: Counters(capacity: 3, confirmed: 1, waiting: 2, reserved: 2, release: 1, sent: 2),
            sends: updateSent),
        CapacityRow(
            "raised from below the confirmed: only the spots above them are new",
            given: Counters(capacity: 1, confirmed: 3, waiting: 2), newCapacity: 4,
            then: Counters(capacity: 4, confirmed: 3, waiting: 2, reserved: 1, release: 1, sent: 3),
            sends: updateSent + ["waitlist: 1 reserved in release 1"]),
        CapacityRow(
            "raised, still below the confirmed", given: Counters(capacity: 1, confirmed: 3, waiting: 2), newCapacity: 2,
            then: Counters(capacity: 2, confirmed: 3, waiting: 2, sent: 2), sends: updateSent),
        CapacityRow(
            "lowered to the reserved", given: Counters(capacity: 3, confirmed: 1, waiting: 2, reserved: 1, release: 1),
            newCapacity: 2, then: Counters(capacity: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1, sent: 2),
            sends: updateSent),
        CapacityRow(
            "lowered below the reserved",
            given: Counters(capacity: 3, confirmed: 1, waiting: 2, reserved: 2, release: 1), newCapacity: 2,
            then: Counters(capacity: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1, sent: 3),
            sends: updateSent + ["waitlist: 1 reserved in release 1"]),
        CapacityRow(
            "lowered below the confirmed: no volunteer is removed, and the offers are lost",
            given: Counters(capacity: 3, confirmed: 2, waiting: 2, reserved: 1, release: 1), newCapacity: 1,
            then: Counters(capacity: 1, confirmed: 2, waiting: 2, release: 1, sent: 3),
            sends: updateSent + ["waitlist: 0 reserved in release 1"],
            broadcasts: [.notChosen(release: 1, lostAt: at(5))]),
        CapacityRow(
            "unchanged", given: Counters(capacity: 2, confirmed: 1), newCapacity: 2,
            then: Counters(capacity: 2, confirmed: 1), sends: []),
    ]

    @Test(arguments: capacities)
    func `rule 7: a new capacity removes no volunteer, and reserved spots never exceed free ones`(
        row: CapacityRow
    ) throws {
        var allocation = SpotAllocation(application(row.before), now: at(5))
        try allocation.update(setCapacity(row.newCapacity))
        #expect(Counters(allocation.application) == row.after)
        #expect(allocation.sentMessages == row.sends)
        #expect(allocation.broadcasts == row.broadcasts)
    }

    @Test func `rule 1: more spots than wait, as files of earlier versions may reserve, are opened at once`() {
        let allocation = SpotAllocation(
            application(Counters(capacity: 5, waiting: 1, reserved: 3, release: 2)), now: at(5))
        #expect(
            Counters(allocation.application) == Counters(capacity: 5, waiting: 1, reserved: 1, release: 2, sent: 2))
        #expect(allocation.sentMessages == ["waitlist: 1 reserved in release 2"])
    }

    // MARK: - Rule 10

    @Test func `rule 10: an application created in the past is started at once, and the other services are told`()
        throws
    {
        let (date, time) = (details(startsAt: 1000).schedule.date, details(startsAt: 1000).schedule.startTime)
        let create = CreateVolunteerApplication(
            fundID: .trusted("1"), applicationID: .trusted("7"), availableSpots: 2, description: "", name: "Trees",
            date: date, startTime: time, endTime: time)
        for (now, status) in [(999, VolunteerApplication.Status.open), (1000, .started), (2000, .started)] {
            let allocation = SpotAllocation.create(create, digest: "digest", defaultZone: "Etc/UTC", now: at(now))
            #expect(allocation.application.status == status)
            #expect(allocation.sentMessages == ["waitlist: create"])
            #expect(allocation.application.sent == 1)
            let sent = try #require(createBody(allocation.messages.first))
            #expect(sent.timeZone == "Etc/UTC", "other services get the resolved zone")
            #expect(sent.startsAt == at(1000), "and the start")
        }
    }

    @Test func `rule 10: at the start offers and reservations end on both sides, and no volunteer is notified`() {
        let before = application(Counters(capacity: 2, waiting: 2, reserved: 1, release: 1))
        #expect(SpotAllocation(before, now: at(999)).application == before)
        let allocation = SpotAllocation(before, member: .waiting(offerInRelease: 1, expiresAt: 2000), now: at(1000))
        #expect(allocation.application.status == .started)
        #expect(Counters(allocation.application) == Counters(capacity: 2, waiting: 2, release: 1, sent: 2))
        #expect(allocation.sentMessages == ["waitlist: 0 reserved in release 1"])
        #expect(allocation.broadcasts.isEmpty)
        let unreserved = SpotAllocation(application(Counters(capacity: 2, confirmed: 2, waiting: 2)), now: at(1000))
        #expect(unreserved.application.status == .started && unreserved.sentMessages.isEmpty)
    }

    @Test(arguments: [ResponseStatus.accepted, .declined])
    func `rule 10: from the start on responses are refused`(status: ResponseStatus) {
        var allocation = SpotAllocation(
            application(Counters(capacity: 2, waiting: 1)), member: .waiting(), now: at(1000))
        #expect(allocation.respond(volunteer, status) == .applicationStarted)
        #expect(allocation.sentMessages.isEmpty)
    }

    @Test func `rule 10: moved from past to future it is open again, and free spots are reserved for the waiting list`()
        throws
    {
        var allocation = SpotAllocation(
            application(Counters(capacity: 2, confirmed: 1, waiting: 2, release: 3), status: .started), now: at(1500))
        try allocation.update(moveStart(to: 3000))
        #expect(allocation.application.status == .open)
        #expect(
            Counters(allocation.application)
                == Counters(capacity: 2, confirmed: 1, waiting: 2, reserved: 1, release: 4, sent: 3)
        )
        #expect(
            allocation.sentMessages == ["waitlist: update", "notifiers: update", "waitlist: 1 reserved in release 4"])
    }

    @Test func `rule 10: what a clock that was ahead has started is open again at the next decision`() {
        let latched = application(
            Counters(capacity: 3, confirmed: 1, waiting: 1, release: 3), status: .started, startsAt: 1000)
        var allocation = SpotAllocation(latched, now: at(999))
        #expect(allocation.application.status == .open)
        #expect(allocation.sentMessages == ["waitlist: 1 reserved in release 4"])
        #expect(allocation.respond(volunteer, .accepted) == nil)
        #expect(allocation.member?.standing == .confirmed)
        #expect(SpotAllocation(latched, now: at(1000)).application == latched)
    }

    @Test func `rule 10: reopened without free spots, only the update is sent to WaitlistService`() throws {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1, confirmed: 1, waiting: 2, release: 3), status: .started), now: at(1500))
        try allocation.update(moveStart(to: 3000))
        #expect(allocation.application.status == .open)
        #expect(allocation.sentMessages == ["waitlist: update", "notifiers: update"])
    }

    @Test
    func `rule 10: a start that came and is moved before any other decision ends the reservation and begins another`()
        throws
    {
        var allocation = SpotAllocation(
            application(Counters(capacity: 1, waiting: 2, reserved: 1, release: 3)), now: at(1500))
        try allocation.update(moveStart(to: 3000))
        #expect(
            allocation.sentMessages == [
                "waitlist: 0 reserved in release 3", "waitlist: update", "notifiers: update",
                "waitlist: 1 reserved in release 4",
            ])
    }

    @Test func `rule 10: moved into the past it is started, and moved within the past it stays started`()
        throws
    {
        var allocation = SpotAllocation(
            application(Counters(capacity: 2, waiting: 2, reserved: 1, release: 1)), now: at(500))
        try allocation.update(moveStart(to: 500))
        #expect(allocation.application.status == .started)
        #expect(allocation.application.reserved == 0)
        #expect(
            allocation.sentMessages == ["waitlist: update", "notifiers: update", "waitlist: 0 reserved in release 1"])
        try allocation.update(moveStart(to: 400))
        #expect(allocation.application.status == .started)
        try allocation.update(setCapacity(9))
        #expect(
            allocation.application.reserved == 0, "a started application reserves nothing, even with a larger capacity")
    }

    // MARK: - Rule 11

    @Test(arguments: [VolunteerApplication.Status.open, .started])
    func `rule 11: WaitlistService is sent only the cancel`(status: VolunteerApplication.Status) {
        var allocation = SpotAllocation(
            application(Counters(capacity: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1), status: status),
            now: at(5))
        let cancel = CancelVolunteerApplication(applicationID: .trusted("7"), reason: "rain")
        allocation.cancel(cancel)
        #expect(allocation.application.status == .cancelled)
        #expect(allocation.application.reserved == 0)
        #expect(allocation.sentMessages == ["waitlist: cancel", "notifiers: cancel"])
        #expect(allocation.broadcasts == [.cancelled(reason: "rain")])
        allocation.cancel(cancel)
        #expect(
            allocation.sentMessages == ["waitlist: cancel", "notifiers: cancel"], "cancelling again changes nothing")
        #expect(allocation.application.sent == 2)
    }

    @Test func `rule 11: a cancelled application refuses updates and never starts`() {
        var allocation = SpotAllocation(application(Counters(capacity: 1), status: .cancelled), now: at(2000))
        #expect(allocation.application.status == .cancelled)
        #expect(throws: RefusalReason.applicationCancelled) { try allocation.update(setCapacity(2)) }
        #expect(allocation.respond(volunteer, .accepted) == .applicationCancelled)
    }

    @Test func `contract section 7: the same create again changes nothing, and a different one is refused`() throws {
        let allocation = SpotAllocation(application(Counters(capacity: 1)), now: at(5))
        try allocation.repeatCreate(digest: "digest")
        #expect(throws: RefusalReason.differingApplication) { try allocation.repeatCreate(digest: "another digest") }
    }

    @Test func `an update of the name alone is sent with the resolved zone, and reserves nothing`() throws {
        var allocation = SpotAllocation(
            application(Counters(capacity: 3, confirmed: 1, waiting: 1, release: 1)), now: at(5))
        try allocation.update(.init(applicationID: .trusted("7"), name: "Roses"))
        #expect(allocation.application.details.name == "Roses")
        #expect(allocation.sentMessages == ["waitlist: update", "notifiers: update"])
        let sent = try #require(updateBody(allocation.messages.first))
        #expect(sent.timeZone == "UTC" && sent.name == "Roses" && sent.availableSpots == nil)
    }

    // MARK: - Rules of time zones that change (contract section 1)

    @Test func `a start follows the rules of its zone, and no volunteer is notified`() throws {
        // The start was derived by other rules than those of today, by which it is at 1000.
        var outdated = application(Counters(capacity: 2, waiting: 2, reserved: 1, release: 1), startsAt: 1000)
        outdated.startsAt = at(4600)
        #expect(outdated.startByCurrentRules == at(1000))
        var allocation = SpotAllocation(outdated, member: .waiting(offerInRelease: 1, expiresAt: 4600), now: at(5))
        allocation.followZoneRules()
        #expect(allocation.application.startsAt == at(1000))
        #expect(allocation.sentMessages == ["waitlist: update", "notifiers: update"])
        var sent = try #require(updateBody(allocation.messages.first))
        sent.stamp = nil
        #expect(sent == UpdateVolunteerApplication(applicationID: .trusted("7"), startsAt: at(1000)))
        #expect(allocation.application.sent == 2 && allocation.application.startByCurrentRules == nil)
        allocation.followZoneRules()
        #expect(allocation.messages.count == 2, "there is nothing left to move")

        allocation.offer(.offers(until: at(1000)), formerStart: at(4600))
        #expect(allocation.member?.offer == .init(release: 1, expiresAt: at(1000)))
        #expect(allocation.messages.count == 2, "the offer still ends at the start, as the volunteer was told")
        allocation.offer(.offers(until: at(900)), formerStart: at(4600))
        #expect(allocation.sentMessages.last == "volunteer 5: место доступно until 900")
    }

    @Test func `a start that is ahead by new rules opens the application again, and a cancelled one stays`() {
        var outdated = application(Counters(capacity: 2, confirmed: 1, waiting: 1, release: 1), startsAt: 1000)
        outdated.startsAt = at(100)
        outdated.status = .started
        var allocation = SpotAllocation(outdated, now: at(500))
        allocation.followZoneRules()
        #expect(allocation.application.status == .open && allocation.application.reserved == 1)
        outdated.status = .cancelled
        #expect(outdated.startByCurrentRules == nil)
    }

    @Test func `an update that leaves date, time and zone as they are does not move the start`() throws {
        var outdated = application(Counters(capacity: 2), startsAt: 1000)
        outdated.startsAt = at(4600)
        var allocation = SpotAllocation(outdated, now: at(5))
        try allocation.update(.init(applicationID: .trusted("7"), description: "Rakes"))
        #expect(allocation.application.startsAt == at(4600))
        #expect(try #require(updateBody(allocation.messages.first)).startsAt == at(4600))
        try allocation.update(moveStart(to: 2000))
        #expect(allocation.application.startsAt == at(2000), "by the rules of today")
    }

    @Test func `in a zone that this machine does not know, a start moves by the difference of the civil times`() throws
    {
        var unknown = application(Counters(capacity: 2), startsAt: 1000)
        unknown.details.schedule.timeZone = "Mars/Olympus"
        unknown.startsAt = at(8200)
        #expect(unknown.startByCurrentRules == nil)
        var allocation = SpotAllocation(unknown, now: at(5))
        try allocation.update(moveStart(to: 1600))
        #expect(allocation.application.startsAt == at(8800))
    }
}

private func createBody(_ addressed: AddressedMessage?) -> CreateVolunteerApplication? {
    if case .create(let create) = addressed?.message { create } else { nil }
}

private func updateBody(_ addressed: AddressedMessage?) -> UpdateVolunteerApplication? {
    if case .update(let update) = addressed?.message { update } else { nil }
}

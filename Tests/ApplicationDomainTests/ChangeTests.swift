import ApplicationDomain
import Contracts
import Testing

/// One row of rule 7: a new capacity.
struct CapacityRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let before: Counters
    let spots: Int
    let after: Counters
    let says: [String]
    let broadcasts: [Broadcast]

    init(
        _ name: String, _ before: Counters, to spots: Int, then after: Counters, says: [String],
        broadcasts: [Broadcast] = []
    ) {
        testDescription = name
        self.before = before
        self.spots = spots
        self.after = after
        self.says = says
        self.broadcasts = broadcasts
    }
}

@Suite struct ChangeTests {
    static let told = ["W update", "N update"]

    static let capacities = [
        CapacityRow(
            "raised, nobody waits", .init(of: 1, confirmed: 1), to: 3, then: .init(of: 3, confirmed: 1, sent: 2),
            says: told),
        CapacityRow(
            "raised: what grew is reserved in a new release", .init(of: 1, confirmed: 1, waiting: 5, release: 2), to: 3,
            then: .init(of: 3, confirmed: 1, waiting: 5, reserved: 2, release: 3, sent: 3),
            says: told + ["W 2 reserved in 3"]),
        CapacityRow(
            "raised during a release", .init(of: 2, confirmed: 1, waiting: 5, reserved: 1, release: 2), to: 4,
            then: .init(of: 4, confirmed: 1, waiting: 5, reserved: 3, release: 2, sent: 3),
            says: told + ["W 3 reserved in 2"]),
        CapacityRow(
            "raised beside open spots: only what grew", .init(of: 2, confirmed: 1, waiting: 1, release: 1), to: 3,
            then: .init(of: 3, confirmed: 1, waiting: 1, reserved: 1, release: 2, sent: 3),
            says: told + ["W 1 reserved in 2"]),
        CapacityRow(
            "raised from below the confirmed: growth is of clamped values", .init(of: 1, confirmed: 3, waiting: 2),
            to: 4,
            then: .init(of: 4, confirmed: 3, waiting: 2, reserved: 1, release: 1, sent: 3),
            says: told + ["W 1 reserved in 1"]),
        CapacityRow(
            "raised, still below the confirmed", .init(of: 1, confirmed: 3, waiting: 2), to: 2,
            then: .init(of: 2, confirmed: 3, waiting: 2, sent: 2), says: told),
        CapacityRow(
            "lowered to the reserved", .init(of: 3, confirmed: 1, waiting: 2, reserved: 1, release: 1), to: 2,
            then: .init(of: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1, sent: 2), says: told),
        CapacityRow(
            "lowered into the reserved", .init(of: 3, confirmed: 1, waiting: 2, reserved: 2, release: 1), to: 2,
            then: .init(of: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1, sent: 3),
            says: told + ["W 1 reserved in 1"]),
        CapacityRow(
            "lowered below the confirmed: nobody is removed, the offers are lost",
            .init(of: 3, confirmed: 2, waiting: 2, reserved: 1, release: 1), to: 1,
            then: .init(of: 1, confirmed: 2, waiting: 2, release: 1, sent: 3), says: told + ["W 0 reserved in 1"],
            broadcasts: [.notChosen(release: 1, lostAt: at(5))]),
        CapacityRow("the same", .init(of: 2, confirmed: 1), to: 2, then: .init(of: 2, confirmed: 1), says: []),
    ]

    @Test(arguments: capacities)
    func `rule 7: a changed capacity removes nobody, and what is promised stays within what is free`(
        row: CapacityRow
    ) throws {
        var allocation = SpotAllocation(application(row.before), now: at(5))
        try allocation.update(spots(row.spots))
        #expect(Counters(allocation.application) == row.after)
        #expect(allocation.said == row.says)
        #expect(allocation.broadcasts == row.broadcasts)
    }

    // MARK: - Rule 10

    @Test func `rule 10: created in the past it is started at once, and all are told of it`() {
        let (date, time) = (details(startsAt: 1000).schedule.date, details(startsAt: 1000).schedule.startTime)
        let create = CreateVolunteerApplication(
            fundID: .trusted("1"), applicationID: .trusted("7"), availableSpots: 2, description: "", name: "Trees",
            date: date, startTime: time, endTime: time)
        for (now, status) in [(999, VolunteerApplication.Status.open), (1000, .started), (2000, .started)] {
            let allocation = SpotAllocation.create(create, digest: "origin", defaultZone: "Etc/UTC", now: at(now))
            #expect(allocation.application.status == status)
            #expect(allocation.said == ["W create", "N create"])
            #expect(allocation.application.sent == 1)
            guard case .create(let sent) = allocation.messages.first?.message else { continue }
            #expect(sent.timeZone == "Etc/UTC", "other services read the times in the zone that holds")
        }
    }

    @Test func `rule 10: at the start offers and reservations end on both sides, and nobody is told anything`() {
        let before = application(.init(of: 2, waiting: 2, reserved: 1, release: 1))
        #expect(SpotAllocation(before, now: at(999)).application == before)
        let allocation = SpotAllocation(before, member: .waiting(offer: 1, until: 2000), now: at(1000))
        #expect(allocation.application.status == .started)
        #expect(Counters(allocation.application) == .init(of: 2, waiting: 2, release: 1, sent: 2))
        #expect(allocation.said == ["W 0 reserved in 1"])
        #expect(allocation.broadcasts.isEmpty)
        let unpromised = SpotAllocation(application(.init(of: 2, confirmed: 2, waiting: 2)), now: at(1000))
        #expect(unpromised.application.status == .started && unpromised.said.isEmpty)
    }

    @Test(arguments: [ResponseStatus.accepted, .declined])
    func `rule 10: from the start on responses are refused`(status: ResponseStatus) {
        var allocation = SpotAllocation(application(.init(of: 2, waiting: 1)), member: .waiting(), now: at(1000))
        #expect(allocation.respond(someone, status) == .applicationStarted)
        #expect(allocation.said.isEmpty)
    }

    @Test func `rule 10: moved from past to future it is open again, and promises what is free to those who wait`()
        throws
    {
        var allocation = SpotAllocation(
            application(.init(of: 2, confirmed: 1, waiting: 2, release: 3), status: .started), now: at(1500))
        try allocation.update(starting(at: 3000))
        #expect(allocation.application.status == .open)
        #expect(
            Counters(allocation.application) == .init(of: 2, confirmed: 1, waiting: 2, reserved: 1, release: 4, sent: 3)
        )
        #expect(allocation.said == ["W update", "N update", "W 1 reserved in 4"])
    }

    @Test func `rule 10: open again with nothing to promise, WaitlistService hears of the new start alone`() throws {
        var allocation = SpotAllocation(
            application(.init(of: 1, confirmed: 1, waiting: 2, release: 3), status: .started), now: at(1500))
        try allocation.update(starting(at: 3000))
        #expect(allocation.application.status == .open)
        #expect(allocation.said == ["W update", "N update"])
    }

    @Test func `rule 10: the start and its end between two looks: the reservation ends and begins anew`() throws {
        var allocation = SpotAllocation(application(.init(of: 1, waiting: 2, reserved: 1, release: 3)), now: at(1500))
        try allocation.update(starting(at: 3000))
        #expect(allocation.said == ["W 0 reserved in 3", "W update", "N update", "W 1 reserved in 4"])
    }

    @Test func `rule 10: moved into the past it is started; a started one that only moves within the past stays so`()
        throws
    {
        var allocation = SpotAllocation(application(.init(of: 2, waiting: 2, reserved: 1, release: 1)), now: at(500))
        try allocation.update(starting(at: 500))
        #expect(allocation.application.status == .started)
        #expect(allocation.application.reserved == 0)
        #expect(allocation.said == ["W update", "N update", "W 0 reserved in 1"])
        try allocation.update(starting(at: 400))
        #expect(allocation.application.status == .started)
        try allocation.update(spots(9))
        #expect(allocation.application.reserved == 0, "a started application promises nothing, whatever grows")
    }

    // MARK: - Rule 11

    @Test(arguments: [VolunteerApplication.Status.open, .started])
    func `rule 11: a cancel is all that WaitlistService hears`(status: VolunteerApplication.Status) {
        var allocation = SpotAllocation(
            application(.init(of: 2, confirmed: 1, waiting: 2, reserved: 1, release: 1), status: status), now: at(5))
        let cancel = CancelVolunteerApplication(applicationID: .trusted("7"), reason: "rain")
        allocation.cancel(cancel)
        #expect(allocation.application.status == .cancelled)
        #expect(allocation.application.reserved == 0)
        #expect(allocation.said == ["W cancel", "N cancel"])
        #expect(allocation.broadcasts == [.cancelled(reason: "rain")])
        allocation.cancel(cancel)
        #expect(allocation.said == ["W cancel", "N cancel"], "cancelling again changes nothing")
        #expect(allocation.application.sent == 2)
    }

    @Test func `rule 11: a cancelled application takes no update, and no start`() {
        var allocation = SpotAllocation(application(.init(of: 1), status: .cancelled), now: at(2000))
        #expect(allocation.application.status == .cancelled)
        #expect(throws: RefusalReason.applicationCancelled) { try allocation.update(spots(2)) }
        #expect(allocation.respond(someone, .accepted) == .applicationCancelled)
    }

    @Test func `section 7: the same create again changes nothing, a differing one is refused`() throws {
        let allocation = SpotAllocation(application(.init(of: 1)), now: at(5))
        try allocation.repeatCreate(digest: "origin")
        #expect(throws: RefusalReason.differingApplication) { try allocation.repeatCreate(digest: "other") }
    }

    @Test func `an update of words alone is passed on with the zone that holds, and promises nothing`() throws {
        var allocation = SpotAllocation(application(.init(of: 3, confirmed: 1, waiting: 1, release: 1)), now: at(5))
        try allocation.update(.init(applicationID: .trusted("7"), name: "Roses"))
        #expect(allocation.application.details.name == "Roses")
        #expect(allocation.said == ["W update", "N update"])
        guard case .update(let sent) = allocation.messages.first?.message else { return }
        #expect(sent.timeZone == "UTC" && sent.name == "Roses" && sent.availableSpots == nil)
    }
}

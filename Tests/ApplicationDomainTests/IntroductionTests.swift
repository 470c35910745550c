import ApplicationDomain
import Contracts
import Testing

/// What a notifier partition is sent before its first message about an application (contract section 3).
@Suite struct IntroductionTests {
    private static let create = CreateVolunteerApplication(
        fundID: .trusted("1"), applicationID: .trusted("7"), availableSpots: 2, description: "Rakes", name: "Trees",
        date: CivilDate(year: 2027, month: 3, day: 28)!, startTime: CivilTime(hour: 10, minute: 0, second: 0)!,
        endTime: CivilTime(hour: 12, minute: 0, second: 0)!, timeZone: "Europe/Berlin")

    private static func created() -> SpotAllocation {
        SpotAllocation.create(create, digest: "digest", defaultZone: "UTC", now: at(0))
    }

    @Test func `it is the create, with the start`() {
        var expected = Self.create
        expected.startsAt = Self.created().application.startsAt
        #expect(Self.created().application.introduction == [.create(expected)])
    }

    @Test func `it has the present values, also after updates`() throws {
        var allocation = Self.created()
        try allocation.update(
            UpdateVolunteerApplication(
                applicationID: .trusted("7"), availableSpots: 5, description: "Saws", name: "Forest",
                date: CivilDate(year: 2028, month: 1, day: 2)!, startTime: CivilTime(hour: 3, minute: 4, second: 5)!,
                endTime: CivilTime(hour: 6, minute: 7, second: 8)!, timeZone: "Asia/Tokyo"))
        guard case .create(let create) = allocation.application.introduction.first else {
            Issue.record("no create")
            return
        }
        #expect(ApplicationDetails(create, defaultZone: "") == allocation.application.details)
        #expect(create.availableSpots == 5 && create.fundID == .trusted("1") && create.timeZone == "Asia/Tokyo")
        #expect(create.startsAt == allocation.application.startsAt && create.stamp == nil)
    }

    @Test func `a cancelled application is cancelled there too`() {
        var allocation = Self.created()
        let cancel = CancelVolunteerApplication(applicationID: .trusted("7"), reason: "rain")
        allocation.cancel(cancel)
        #expect(allocation.application.introduction.map(\.action) == [.create, .cancel])
        #expect(allocation.application.introduction.last == .cancel(cancel))
    }
}

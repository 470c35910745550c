import ChaosHistory
import Contracts
import Testing

/// Violations with several partitions, and with an offer factor.
@Suite struct ConditionTests {
    private static let people = (1...6).map { ID.trusted("v\($0)") }

    /// One spot, whose holder declines, and five waiting volunteers.
    private func released(_ conditions: Conditions) -> HistoryBuilder {
        var builder = HistoryBuilder(conditions)
        builder.create(spots: 1)
        builder.confirm(Self.people[0])
        for (place, person) in Self.people.dropFirst().enumerated() { builder.wait(person, at: place + 1) }
        builder.leave(Self.people[0], reserving: 1, release: 1)
        return builder
    }

    private static func at(_ seconds: Int) -> Timestamp { HistoryBuilder.start.advanced(by: .seconds(seconds)) }

    private func offer(_ builder: inout HistoryBuilder, to people: ArraySlice<ID>, cause: Int, until seconds: Int) {
        let end = HistoryBuilder.start.advanced(by: .seconds(seconds))
        builder.round(Array(people), release: 1, HistoryBuilder.trace(cause), until: end)
        for person in people { builder.sendStatus(person, .available, HistoryBuilder.trace(cause)) }
    }

    @Test func `a message in a partition that its key does not belong to is a violation`() throws {
        var builder = released(Conditions(partitions: 3))
        offer(&builder, to: Self.people[1...], cause: 1, until: 5)
        builder.end()
        #expect(builder.violations == [])
        builder.history.conditions.partitions = 2
        #expect(builder.violations.contains(.wrongPartition))
    }

    @Test func `offers to the next volunteers after the earlier offers have lapsed are correct`() {
        var builder = released(Conditions(offerFactor: 2))
        offer(&builder, to: Self.people[1...2], cause: 1, until: 5)
        offer(&builder, to: Self.people[3...4], cause: 2, until: 6)
        offer(&builder, to: Self.people[5...5], cause: 3, until: 7)
        builder.end()
        #expect(builder.violations == [])
    }

    @Test func `more offers than the factor at a time are too many`() {
        var builder = released(Conditions(offerFactor: 2))
        offer(&builder, to: Self.people[1...3], cause: 1, until: 5)
        offer(&builder, to: Self.people[4...5], cause: 2, until: 7)
        builder.end()
        #expect(builder.violations == [.tooManyOffers])
    }

    @Test func `offers before the earlier ones have lapsed are too many, unless a wrong clock explains it`() {
        var builder = released(Conditions(offerFactor: 3))
        offer(&builder, to: Self.people[1...3], cause: 1, until: 5)
        offer(&builder, to: Self.people[4...5], cause: 2, until: 5)
        builder.end()
        #expect(builder.violations == [.tooManyOffers])
        let count = builder.history.messages.count
        func set(_ seconds: Int, _ service: ServiceName = .waitlist, from begin: Int, to end: Int, after: Int) {
            builder.history.clockChanges = [
                ClockChange(
                    service: service, offset: .seconds(seconds), began: Self.at(begin), ended: Self.at(end),
                    after: after)
            ]
        }
        // The clock showed the end of the offers, second 5, before the next round.
        set(8, from: 1, to: 2, after: 0)
        #expect(builder.violations == [])
        set(8, .application, from: 1, to: 2, after: 0)
        #expect(builder.violations == [.tooManyOffers])
        // It was not far enough ahead, not yet, or long before the offers were made.
        set(1, from: 1, to: 2, after: 0)
        #expect(builder.violations == [.tooManyOffers])
        set(8, from: 1, to: 2, after: count)
        #expect(builder.violations == [.tooManyOffers])
        set(8, from: -60, to: -50, after: 0)
        #expect(builder.violations == [.tooManyOffers])
        // The offers had lapsed before the clock was set back.
        set(-30, from: 6, to: 40, after: 0)
        #expect(builder.violations == [])
        set(-30, from: 3, to: 40, after: 0)
        #expect(builder.violations == [.tooManyOffers])
    }

    @Test func `a forwarded command may be refused by the other process`() throws {
        let count = try #require((2...9).first { Partition.of(HistoryBuilder.a, count: $0).number > 0 })
        let owner = Address(service: .application, partition: .of(HistoryBuilder.a, count: count))
        var builder = HistoryBuilder(Conditions(partitions: count, isSplit: true))
        let response = VolunteerResponse(
            volunteerID: Self.people[0], applicationID: HistoryBuilder.a, status: .accepted)
        let command = builder.send(.response(response))
        builder.publish(
            .response(response), from: "application.p00", to: "application.p00>\(owner)", trace: command.trace)
        builder.sendStatus(Self.people[0], .refused, command.trace, reason: "unknown_application")
        builder.end()
        #expect(builder.violations.contains(.lost))
        builder.history.finalStates[.application]?.refused = [
            History.Entry(messageID: "application.p00>\(owner)/1/1", reason: "unknown_application")
        ]
        builder.history.finalStates[.application]?.counters = ["refused": 1, "forwarded": 1, "accepted": 2]
        #expect(builder.violations == [])
    }

    @Test func `a seed determines its conditions, and seeds differ`() {
        let all = (1...100).map { Conditions(seed: UInt64($0)) }
        #expect(all == (1...100).map { Conditions(seed: UInt64($0)) })
        #expect(Set(all.map(\.partitions)) == [1, 2, 3, 5])
        #expect(Set(all.map(\.zone)).count == 4)
        #expect(all.contains { $0.offerFactor != nil } && all.contains { $0.offerFactor == nil })
        #expect(all.contains(where: \.isSplit) && all.allSatisfy { !$0.isSplit || $0.partitions > 1 })
        let split = Conditions(partitions: 3, isSplit: true)
        #expect(split.owned(by: 0, of: .application).map(\.name) == ["p00"])
        #expect(split.owned(by: 1, of: .application).map(\.name) == ["p01", "p02"])
        #expect(split.owned(by: 0, of: .notifier).count == 3)
    }
}

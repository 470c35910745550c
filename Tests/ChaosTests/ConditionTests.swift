import ChaosHistory
import Contracts
import Testing

/// What the checker makes of a system in several partitions, and of offers that go to a few.
@Suite struct ConditionTests {
    private static let people = (1...6).map { ID.trusted("v\($0)") }

    /// One spot, whose holder drops out, and five who wait.
    private func released(_ conditions: Conditions) -> Tale {
        var tale = Tale(conditions)
        tale.create(spots: 1)
        tale.confirm(Self.people[0])
        for (place, person) in Self.people.dropFirst().enumerated() { tale.wait(person, at: place + 1) }
        tale.dropOut(Self.people[0], reserving: 1, release: 1)
        return tale
    }

    private func offer(_ tale: inout Tale, to people: ArraySlice<ID>, cause: Int, until seconds: Int) {
        let end = Tale.start.advanced(by: .seconds(seconds))
        tale.round(Array(people), release: 1, Tale.trace(cause), until: end)
        for person in people { tale.tell(person, .available, Tale.trace(cause)) }
    }

    @Test func `a message in another partition than its key's is astray`() throws {
        var tale = released(Conditions(partitions: 3))
        offer(&tale, to: Self.people[1...], cause: 1, until: 5)
        tale.end()
        #expect(tale.objections == [])
        tale.history.conditions.partitions = 2
        #expect(tale.objections.contains(.astray))
    }

    @Test func `a create that one partition of the notifier lacks is lost`() throws {
        var tale = Tale(Conditions(partitions: 3))
        tale.create(spots: 1)
        tale.history.sightings.removeLast()
        tale.end()
        #expect(tale.objections.contains(.lost))
    }

    @Test func `few at a time, and the next when those have let theirs lapse, is right`() {
        var tale = released(Conditions(offerFactor: 2))
        offer(&tale, to: Self.people[1...2], cause: 1, until: 5)
        offer(&tale, to: Self.people[3...4], cause: 2, until: 6)
        offer(&tale, to: Self.people[5...5], cause: 3, until: 7)
        tale.end()
        #expect(tale.objections == [])
    }

    @Test func `more than the factor at a time is overoffered`() {
        var tale = released(Conditions(offerFactor: 2))
        offer(&tale, to: Self.people[1...3], cause: 1, until: 5)
        offer(&tale, to: Self.people[4...5], cause: 2, until: 7)
        tale.end()
        #expect(tale.objections == [.overoffered])
    }

    @Test func `the next before the others' have lapsed are overoffered, by a clock that was never set`() {
        var tale = released(Conditions(offerFactor: 3))
        offer(&tale, to: Self.people[1...3], cause: 1, until: 5)
        offer(&tale, to: Self.people[4...5], cause: 2, until: 5)
        tale.end()
        #expect(tale.objections == [.overoffered])
        tale.history.movedClocks = [.waitlist]
        #expect(tale.objections == [])
    }

    @Test func `a command that another process refused is refused`() throws {
        let count = try #require((2...9).first { Partition.of(Tale.a, count: $0).number > 0 })
        let owner = Address(service: .application, partition: .of(Tale.a, count: count))
        var tale = Tale(Conditions(partitions: count, isSplit: true))
        let response = VolunteerResponse(volunteerID: Self.people[0], applicationID: Tale.a, status: .accepted)
        let command = tale.say(.response(response))
        tale.publish(
            .response(response), from: "application.p00", to: "application.p00>\(owner)", trace: command.trace)
        tale.tell(Self.people[0], .refused, command.trace)
        tale.end()
        #expect(tale.objections.contains(.lost))
        tale.history.endings[.application]?.refused = [
            History.Entry(messageID: "application.p00>\(owner)/1/1", reason: "unknown_application")
        ]
        tale.history.endings[.application]?.counters = ["refused": 1, "forwarded": 1, "accepted": 2]
        #expect(tale.objections == [])
    }

    @Test func `seeds differ in their conditions, and each keeps its own`() {
        let all = (1...100).map { Conditions(seed: UInt64($0)) }
        #expect(all == (1...100).map { Conditions(seed: UInt64($0)) })
        #expect(Set(all.map(\.partitions)) == [1, 2, 3])
        #expect(all.contains { $0.offerFactor != nil } && all.contains { $0.offerFactor == nil })
        #expect(all.contains(where: \.isSplit) && all.allSatisfy { !$0.isSplit || $0.partitions > 1 })
        let split = Conditions(partitions: 3, isSplit: true)
        #expect(split.owned(by: 0, of: .application).map(\.name) == ["p00"])
        #expect(split.owned(by: 1, of: .application).map(\.name) == ["p01", "p02"])
        #expect(split.owned(by: 0, of: .notifier).count == 3)
    }
}

import ChaosHistory
import Contracts
import Testing

/// What is wrong when the system comes to rest is found, although a probe heals it afterwards.
@Suite struct RestTests {
    private static let people = (1...3).map { ID.trusted("v\($0)") }

    /// One spot, which becomes free while two wait; nobody is offered it.
    private func stranded() -> HistoryBuilder {
        var builder = HistoryBuilder()
        builder.create(spots: 1)
        builder.confirm(Self.people[0])
        builder.wait(Self.people[1], at: 1)
        builder.wait(Self.people[2], at: 2)
        builder.leave(Self.people[0], reserving: 1, release: 1)
        return builder
    }

    private func rest(_ builder: inout HistoryBuilder, _ change: (inout ApplicationRest) -> Void = { _ in }) {
        var rest = ApplicationRest()
        rest.decider.waiting = [Self.people[1], Self.people[2]]
        rest.decider.reserved = 1
        rest.decider.release = 1
        rest.decider.sent = 4
        rest.decider.offers = [Self.people[1]: .latest, Self.people[2]: .latest]
        rest.list.order = [Self.people[1], Self.people[2]]
        rest.list.reserved = 1
        rest.list.release = 1
        rest.list.seen = 4
        rest.list.outstanding = 2
        change(&rest)
        builder.history.rest = [HistoryBuilder.a: rest]
        builder.history.restPoint = RestPoint(
            messages: builder.history.messages.count, commands: builder.history.commands.count)
    }

    /// The probe: one more spot, which is offered to all.
    private func probe(_ builder: inout HistoryBuilder) {
        builder.resize(to: 2, reserving: 2, release: 1)
        builder.round([Self.people[1], Self.people[2]], release: 1, HistoryBuilder.trace(1))
        for person in Self.people.dropFirst() {
            builder.sendStatus(person, .available, HistoryBuilder.trace(1))
        }
        builder.end()
    }

    /// Offered to all before the rest.
    private func offered() -> HistoryBuilder {
        var builder = stranded()
        builder.round([Self.people[1], Self.people[2]], release: 1, HistoryBuilder.trace(7))
        for person in Self.people.dropFirst() {
            builder.sendStatus(person, .available, HistoryBuilder.trace(7))
        }
        return builder
    }

    @Test func `volunteers whom only the probe wakes up are stranded`() {
        var builder = stranded()
        rest(&builder)
        probe(&builder)
        let found = Checker.violations(in: builder.history)
        #expect(Set(found.map(\.name)) == [.stranded])
        #expect(Set(found.map(\.volunteer)) == [Self.people[1], Self.people[2]])
        builder.history.restPoint = nil
        #expect(builder.violations == [])
    }

    @Test func `files that agree with each other and with the messages are correct`() {
        var builder = offered()
        rest(&builder)
        probe(&builder)
        #expect(Checker.violations(in: builder.history).map(\.description) == [])
    }

    @Test func `a reserved spot that is offered to nobody is stranded`() {
        var builder = offered()
        rest(&builder) { $0.list.outstanding = 0 }
        probe(&builder)
        #expect(builder.violations == [.stranded])
        rest(&builder) { $0.decider.offers = [:] }
        builder.history.restPoint?.messages = 0
        #expect(builder.violations.contains(.stateDiffers))
    }

    @Test func `a file that differs from the messages, or from the other service's, is a violation`() {
        let changes: [(Violation.Name, (inout ApplicationRest) -> Void)] = [
            (.stateDiffers, { $0.decider.confirmed = [Self.people[0]] }),
            (.stateDiffers, { $0.decider.waiting.remove(Self.people[2]) }),
            (.stateDiffers, { $0.list.seen = 3 }),
            (.stateDiffers, { $0.list.reserved = 0 }),
            (.stateDiffers, { $0.list.release = 2 }),
            (.listsDiffer, { $0.list.order.reverse() }),
            (.listsDiffer, { $0.list.order.removeLast() }),
        ]
        for (name, change) in changes {
            var builder = offered()
            rest(&builder, change)
            probe(&builder)
            #expect(builder.violations == [name])
        }
    }
}

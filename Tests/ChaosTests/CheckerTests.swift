import ChaosHistory
import Contracts
import Testing

/// The checker finds nothing in a correct history, and names what is wrong with an incorrect one.
@Suite struct CheckerTests {
    static let v1: ID = .trusted("v1")
    static let v2: ID = .trusted("v2")
    static let v3: ID = .trusted("v3")
    static let v4: ID = .trusted("v4")

    /// One spot and two waiting volunteers; the spot becomes free and is reserved for them.
    private func released(_ conditions: Conditions = Conditions()) -> HistoryBuilder {
        var builder = HistoryBuilder(conditions)
        builder.create(spots: 1)
        builder.confirm(Self.v1)
        builder.wait(Self.v2, at: 1)
        builder.wait(Self.v3, at: 2)
        builder.leave(Self.v1, reserving: 1, release: 1)
        return builder
    }

    private func offered(_ conditions: Conditions = Conditions()) -> HistoryBuilder {
        var builder = released(conditions)
        builder.round([Self.v2, Self.v3], release: 1, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v2, .available, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v3, .available, HistoryBuilder.trace(1))
        return builder
    }

    /// The second volunteer claims the spot, and the third is notified.
    private func complete(_ conditions: Conditions = Conditions()) -> HistoryBuilder {
        var builder = offered(conditions)
        builder.claim(Self.v2, release: 1)
        builder.sendStatus(Self.v3, .notChosen, HistoryBuilder.trace(2))
        return builder
    }

    @Test(arguments: [1, 2, 3]) func `a correct history has no violations`(partitions: Int) {
        var builder = complete(Conditions(partitions: partitions))
        builder.end()
        #expect(Checker.violations(in: builder.history).map(\.description) == [])
    }

    @Test func `identical republications are no violation`() {
        var builder = complete()
        builder.end()
        builder.history.messages += builder.history.messages.filter { $0.producer != nil }.suffix(9)
        #expect(builder.violations == [])
    }

    @Test func `a command without an effect is lost`() {
        var builder = complete()
        _ = builder.accept(Self.v4)
        builder.end()
        #expect(builder.violations == [.lost])
    }

    @Test func `a command that no counter includes is lost`() {
        var builder = complete()
        _ = builder.accept(Self.v2)
        builder.end(applied: builder.history.commands.count - 1)
        #expect(builder.violations == [.lost])
    }

    @Test func `an enqueued volunteer without a position is lost`() {
        var builder = complete()
        let command = builder.accept(Self.v4)
        let waiting = VolunteerWaiting(volunteerID: Self.v4, applicationID: HistoryBuilder.a, timestamp: nil)
        builder.toWaitlist(.waiting(waiting), command.trace)
        builder.end()
        #expect(builder.violations == [.lost])
    }

    @Test func `a command that has its effect twice is duplicated`() {
        var builder = complete()
        let command = builder.accept(Self.v4)
        for _ in 1...2 {
            let waiting = VolunteerWaiting(volunteerID: Self.v4, applicationID: HistoryBuilder.a, timestamp: nil)
            builder.toWaitlist(.waiting(waiting), command.trace)
        }
        builder.assignPosition(Self.v4, at: 2, command.trace)
        builder.end()
        #expect(builder.violations == [.duplicated])
    }

    @Test func `a command that is counted twice is duplicated`() {
        var builder = complete()
        builder.end(applied: builder.history.commands.count + 1)
        #expect(builder.violations == [.duplicated])
    }

    @Test func `garbage parked twice is duplicated, once is correct, not at all is lost`() {
        for (count, expected) in [(0, [.lost]), (1, []), (2, [.duplicated])] as [(Int, Set<Violation.Name>)] {
            var builder = complete()
            let garbage = Command(.garbage("{"), number: builder.history.commands.count, seed: 7)
            builder.history.commands.append(garbage)
            builder.end()
            let entry = History.Entry(messageID: garbage.messageID, reason: "is no JSON")
            builder.history.finalStates[.application]?.parked = Array(repeating: entry, count: count)
            #expect(builder.violations == expected)
        }
    }

    @Test func `more confirmed volunteers than spots are overbooked`() {
        var builder = complete()
        builder.confirm(Self.v4)
        builder.end()
        #expect(builder.violations == [.overbooked])
    }

    @Test func `a lowered capacity removes no one, but no one else may be confirmed`() {
        var builder = HistoryBuilder()
        builder.create(spots: 2)
        builder.confirm(Self.v1)
        builder.confirm(Self.v2)
        builder.resize(to: 1, reserving: 0, release: 0)
        builder.end()
        #expect(builder.violations == [])
        builder.confirm(Self.v3)
        builder.end()
        #expect(builder.violations == [.overbooked])
    }

    @Test func `offers to a later volunteer first are out of order`() {
        var builder = released()
        builder.round([Self.v3, Self.v2], release: 1, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v3, .available, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v2, .available, HistoryBuilder.trace(1))
        builder.end()
        #expect(builder.violations == [.outOfOrder])
    }

    @Test func `a command that takes effect after a later one is out of order`() {
        var builder = complete()
        let first = builder.accept(Self.v4)
        builder.confirm(.trusted("v6"))
        builder.sendStatus(Self.v4, .confirmed, first.trace)
        builder.end()
        #expect(builder.violations.contains(.outOfOrder))
    }

    @Test func `skipping a volunteer is out of order`() {
        var builder = released()
        builder.round([Self.v3], release: 1, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v3, .available, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v2, .available, HistoryBuilder.trace(1), notification: false)
        builder.end()
        #expect(builder.violations.contains(.outOfOrder))
    }

    @Test func `a wrong position on the list is out of order`() {
        var builder = complete()
        builder.wait(Self.v4, at: 3)
        builder.end()
        #expect(builder.violations == [.outOfOrder])
    }

    @Test func `one notification too many is notified twice`() {
        var builder = complete()
        builder.notify(.notChosen, to: Self.v3)
        builder.end()
        #expect(builder.violations == [.notifiedTwice])
    }

    @Test func `an offer sent twice for the same round is notified twice`() {
        var builder = offered()
        builder.sendStatus(Self.v2, .available, HistoryBuilder.trace(1))
        builder.end()
        #expect(builder.violations == [.notifiedTwice])
    }

    @Test func `a missing notification is not notified`() {
        var builder = offered()
        builder.claim(Self.v2, release: 1)
        builder.sendStatus(Self.v3, .notChosen, HistoryBuilder.trace(2), notification: false)
        builder.end()
        #expect(builder.violations == [.notNotified])
    }

    @Test func `notifications in the wrong order are notified out of order`() {
        var builder = offered()
        let command = builder.accept(Self.v2)
        builder.sendStatus(Self.v2, .confirmed, command.trace, notification: false)
        builder.toWaitlist(command.message!, command.trace)
        builder.reserve(0, release: 1, command.trace)
        builder.leave(Self.v2, reserving: 1, release: 2)
        builder.round([Self.v3], release: 2, HistoryBuilder.trace(3))
        builder.sendStatus(Self.v3, .notChosen, HistoryBuilder.trace(2), notification: false)
        builder.sendStatus(Self.v3, .available, HistoryBuilder.trace(3), notification: false)
        builder.notify(.confirmed, to: Self.v2)
        builder.notify(.spotAvailable, to: Self.v3)
        builder.notify(.notChosen, to: Self.v3)
        builder.end()
        #expect(builder.violations == [.notifiedOutOfOrder])
    }

    @Test func `a volunteer who waits while a spot is free and was not notified is stranded`() {
        var builder = released()
        builder.end()
        #expect(builder.violations == [.stranded])
        builder = released()
        builder.round([Self.v2], release: 1, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v2, .available, HistoryBuilder.trace(1))
        builder.end()
        let stranded = Checker.violations(in: builder.history).filter { $0.name == .stranded }
        #expect(stranded.map(\.volunteer) == [Self.v3])
    }

    @Test func `more spots reserved than volunteers wait are reserved for nobody`() {
        var builder = offered()
        builder.resize(to: 3, reserving: 3, release: 1)
        builder.end()
        #expect(builder.violations == [.reservedForNobody])
    }

    @Test func `a spot that the list cannot use is told once without a round, and not without a cause`() {
        var builder = HistoryBuilder()
        builder.create(spots: 2)
        builder.confirm(Self.v1)
        builder.confirm(Self.v2)
        builder.wait(Self.v3, at: 1)
        builder.leave(Self.v1, reserving: 1, release: 1)
        builder.round([Self.v3], release: 1, HistoryBuilder.trace(1))
        builder.sendStatus(Self.v3, .available, HistoryBuilder.trace(1))
        builder.leave(Self.v2, reserving: 0, release: 1)
        builder.sendStatus(Self.v3, .available, HistoryBuilder.trace(2))
        builder.end()
        #expect(builder.violations == [])
        for trace in 3...4 { builder.sendStatus(Self.v3, .available, HistoryBuilder.trace(trace)) }
        builder.end()
        #expect(builder.violations == [.uncaused])
    }

    @Test func `a confirmation without a command has no cause`() {
        var builder = HistoryBuilder()
        builder.create(spots: 2)
        builder.sendStatus(Self.v4, .confirmed, HistoryBuilder.trace(9))
        builder.end()
        #expect(builder.violations == [.uncaused])
    }

    @Test func `an offer to a volunteer who does not wait has no cause`() {
        var builder = complete()
        builder.round([Self.v4], release: 1, HistoryBuilder.trace(4))
        builder.end()
        #expect(builder.violations == [.uncaused])
    }

    @Test func `a confirmed volunteer who stays on the list is confirmed and waiting`() {
        var builder = offered()
        let command = builder.accept(Self.v2)
        builder.sendStatus(Self.v2, .confirmed, command.trace)
        builder.reserve(0, release: 1, command.trace)
        builder.end()
        #expect(builder.violations == [.confirmedAndWaiting])
    }

    @Test func `a list without one of its volunteers differs`() {
        var builder = complete()
        let update = Message.update(UpdateVolunteerApplication(applicationID: HistoryBuilder.a, availableSpots: 2))
        let probe = builder.send(update)
        builder.toWaitlist(update, probe.trace)
        builder.toNotifier(update, probe.trace)
        builder.reserve(1, release: 2, probe.trace)
        builder.history.probes[HistoryBuilder.a] = probe
        builder.round([], release: 2, HistoryBuilder.trace(5))
        builder.end()
        #expect(builder.violations == [.listsDiffer, .stranded])
    }
}

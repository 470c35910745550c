import ChaosHistory
import Contracts
import Testing

/// Violations after files or the broker were lost.
@Suite struct LossTests {
    private static let a = HistoryBuilder.a
    private static let people = (1...5).map { ID.trusted("v\($0)") }

    /// One spot, which the first volunteer has; the second waits, and then ApplicationService goes on with a copy from
    /// before the third joined.
    private func restored() -> HistoryBuilder {
        var builder = HistoryBuilder()
        builder.create(spots: 1)
        builder.confirm(Self.people[0])
        builder.wait(Self.people[1], at: 1)
        let copied = builder.moment
        builder.wait(Self.people[2], at: 2)
        builder.lose(.restored, copied: copied)
        return builder
    }

    /// What the three files hold, if the third volunteer is lost.
    private func end(
        _ builder: inout HistoryBuilder, waiting: [ID] = [people[1]], confirmed: Set<ID> = [people[0]],
        _ change: (inout ApplicationRest, inout AudienceRest) -> Void = { _, _ in }
    ) {
        var rest = ApplicationRest()
        rest.decider.exists = true
        rest.decider.name = "a"
        rest.decider.capacity = 1
        rest.decider.startsAt = HistoryBuilder.start.advanced(by: .seconds(30 * 86_400))
        rest.decider.confirmed = confirmed
        rest.decider.waiting = Set(waiting)
        rest.decider.order = waiting
        rest.list.exists = true
        rest.list.order = waiting
        var audience = AudienceRest()
        audience.name = "a"
        audience.startsAt = rest.decider.startsAt
        audience.confirmed = confirmed
        audience.waiting = Set(waiting)
        audience.reminded = confirmed
        change(&rest, &audience)
        builder.rest(rest, [Partition(number: 0): audience])
    }

    private func names(_ builder: HistoryBuilder) -> Set<Violation.Name> { builder.violations }

    private func refuse(_ volunteer: ID, _ builder: inout HistoryBuilder) {
        builder.notify(.refused, to: volunteer, HistoryBuilder.trace(50))
    }

    @Test func `a volunteer who joined after the copy may be lost, and is told so`() {
        var builder = restored()
        refuse(Self.people[2], &builder)
        end(&builder)
        #expect(Checker.violations(in: builder.history).map(\.description) == [])
    }

    @Test func `a volunteer who joined after the copy may also still be there`() {
        var builder = restored()
        end(&builder, waiting: [Self.people[1], Self.people[2]])
        #expect(Checker.violations(in: builder.history).map(\.description) == [])
    }

    @Test func `a volunteer who joined before the copy is not lost`() {
        var builder = restored()
        refuse(Self.people[1], &builder)
        end(&builder, waiting: [Self.people[2]])
        #expect(names(builder) == [.lost])
    }

    @Test func `a volunteer who joined after the restore is not lost`() {
        var builder = restored()
        refuse(Self.people[2], &builder)
        builder.wait(Self.people[3], at: 2)
        refuse(Self.people[3], &builder)
        end(&builder)
        #expect(names(builder) == [.lost])
    }

    @Test func `a volunteer who left after the restore has no place`() {
        var builder = restored()
        refuse(Self.people[2], &builder)
        builder.leaveList(Self.people[1])
        end(&builder)
        #expect(names(builder) == [.lost])
        end(&builder, waiting: [])
        #expect(names(builder) == [])
    }

    @Test func `a loss of another service excuses no command`() {
        var builder = HistoryBuilder()
        builder.create(spots: 1)
        builder.confirm(Self.people[0])
        builder.wait(Self.people[1], at: 1)
        builder.lose(.emptied, of: .waitlist, copied: Loss.Moment(time: .zero, messages: 0))
        refuse(Self.people[1], &builder)
        end(&builder, waiting: [])
        #expect(names(builder) == [.lost])
    }

    @Test func `commands that a replaced broker had may be lost, but not those that were decided before`() {
        var builder = HistoryBuilder()
        builder.create(spots: 1)
        builder.confirm(Self.people[0])
        _ = builder.accept(Self.people[1])
        builder.lose(.brokerReplaced, copied: builder.moment)
        end(&builder, waiting: [])
        #expect(names(builder) == [])
        end(&builder, waiting: [], confirmed: [])
        #expect(names(builder) == [.lost, .notNotified])
    }

    @Test func `an application that was created before the copy is not lost`() {
        var builder = restored()
        for person in Self.people.prefix(3) { refuse(person, &builder) }
        builder.rest(ApplicationRest(), [:])
        #expect(names(builder) == [.lost])
    }

    @Test func `a user whose place is lost and who is not told so is not notified`() {
        var builder = restored()
        end(&builder)
        #expect(names(builder) == [.notNotified])
        builder = restored()
        builder.notify(.confirmed, to: Self.people[1], HistoryBuilder.trace(51))
        refuse(Self.people[2], &builder)
        end(&builder)
        #expect(names(builder) == [.notNotified])
    }

    @Test func `to be told twice for the same cause, or more often than something was lost, is told twice`() {
        var builder = restored()
        refuse(Self.people[2], &builder)
        builder.notify(.confirmed, to: Self.people[0], builder.history.commands[1].trace)
        end(&builder)
        #expect(names(builder) == [.notifiedTwice])
        builder = restored()
        for number in 60...61 { builder.notify(.confirmed, to: Self.people[0], HistoryBuilder.trace(number)) }
        refuse(Self.people[2], &builder)
        end(&builder)
        #expect(names(builder) == [.notifiedTwice])
    }

    @Test func `a lost command that is sent again may be told again`() {
        var builder = restored()
        let lost = builder.history.commands.last?.trace ?? ""
        builder.sendStatus(Self.people[2], .waiting, lost, position: 2)
        end(&builder, waiting: [Self.people[1], Self.people[2]])
        #expect(names(builder) == [])
        let kept = builder.history.commands[2].trace
        builder.sendStatus(Self.people[1], .waiting, kept, position: 1)
        end(&builder, waiting: [Self.people[1], Self.people[2]])
        #expect(names(builder) == [.notifiedTwice])
    }

    @Test func `what ApplicationService sent after the copy may be told again, what it sent before may not`() {
        func told(afterCopy: Bool) -> HistoryBuilder {
            var builder = HistoryBuilder()
            builder.create(spots: 1)
            builder.confirm(Self.people[0])
            let command = builder.accept(Self.people[1])
            let waiting = VolunteerWaiting(volunteerID: Self.people[1], applicationID: Self.a, timestamp: nil)
            builder.toWaitlist(.waiting(waiting), command.trace)
            builder.pass(.seconds(10))
            var copied = builder.moment
            builder.assignPosition(Self.people[1], at: 1, command.trace)
            if !afterCopy { copied = builder.moment }
            builder.lose(.restored, copied: copied)
            builder.assignPosition(Self.people[1], at: 1, command.trace)
            end(&builder)
            return builder
        }
        #expect(names(told(afterCopy: true)) == [])
        #expect(names(told(afterCopy: false)) == [.notifiedTwice])
    }

    @Test func `a response that is refused says nothing of the place that the user has`() {
        var builder = restored()
        refuse(Self.people[2], &builder)
        let again = builder.accept(Self.people[0])
        builder.notify(.refused, to: Self.people[0], again.trace)
        let later = HistoryBuilder.trace(51)
        builder.notify(.refused, to: Self.people[0], later, text: "Ваш отклик на «a», 27 ноября, не принят: …")
        end(&builder)
        #expect(names(builder) == [])
    }

    @Test func `a loss of NotifierService excuses only what it told just before, twice`() {
        func told(before: Bool) -> HistoryBuilder {
            var builder = HistoryBuilder()
            builder.create(spots: 1)
            builder.confirm(Self.people[0])
            var unreported = builder.moment
            if before { unreported.messages -= 1 }
            builder.lose(.restored, of: .notifier, copied: builder.moment, unreported: unreported)
            let trace = builder.history.commands.last?.trace ?? ""
            builder.notify(.confirmed, to: Self.people[0], trace)
            end(&builder, waiting: [])
            return builder
        }
        #expect(names(told(before: true)) == [])
        #expect(names(told(before: false)) == [.notifiedTwice])
    }

    @Test func `files that do not agree are violations`() {
        let v = Self.people
        let changes: [(Violation.Name, (inout ApplicationRest, inout AudienceRest) -> Void)] = [
            (.listsDiffer, { rest, _ in rest.list.order.reverse() }),
            (.listsDiffer, { rest, _ in rest.list.order.removeLast() }),
            (.listsDiffer, { rest, _ in rest.list.exists = false }),
            (.stateDiffers, { rest, _ in rest.list.reserved = 1 }),
            (.stateDiffers, { rest, _ in rest.list.seen = 3 }),
            (.stateDiffers, { _, audience in audience.confirmed = [] }),
            (.stateDiffers, { _, audience in audience.waiting.insert(v[4]) }),
            (.stateDiffers, { _, audience in audience.name = "b" }),
            (.stateDiffers, { _, audience in audience.startsAt = .earliest }),
            (.stateDiffers, { _, audience in audience.isCancelled = true }),
            (.stateDiffers, { _, audience in audience.reminded = [] }),
            (.stateDiffers, { _, audience in audience.reminded.insert(v[1]) }),
        ]
        for (number, (name, change)) in changes.enumerated() {
            var builder = restored()
            end(&builder, waiting: [v[1], v[2]]) { rest, audience in
                change(&rest, &audience)
                if name == .listsDiffer, rest.list.exists { rest.decider.order = [v[1], v[2]] }
            }
            #expect(names(builder) == [name], "change \(number)")
        }
    }

    @Test func `spots that are reserved and offered to no one are stranded`() {
        var builder = restored()
        end(&builder, waiting: [Self.people[1], Self.people[2]]) { rest, _ in
            rest.decider.reserved = 1
            rest.list.reserved = 1
            rest.decider.release = 3
            rest.list.release = 3
            rest.decider.capacity = 1
        }
        #expect(names(builder) == [.stranded])
        end(&builder, waiting: [Self.people[1]]) { rest, _ in
            rest.decider.reserved = 2
            rest.list.reserved = 2
            rest.decider.offers = [Self.people[1]: .latest]
            rest.list.outstanding = 1
        }
        #expect(names(builder).contains(.reservedForNobody))
    }

    @Test func `more confirmed than there ever were spots are overbooked`() {
        var builder = restored()
        builder.confirm(Self.people[1])
        end(&builder, waiting: [Self.people[2]], confirmed: [Self.people[0], Self.people[1]])
        #expect(names(builder).contains(.overbooked))
    }

    @Test func `from the start on nobody is told of a lost place`() {
        func started(in start: Duration) -> HistoryBuilder {
            var builder = HistoryBuilder()
            builder.create(spots: 1, startsIn: start)
            let copied = builder.moment
            builder.confirm(Self.people[0])
            builder.lose(.restored, copied: copied)
            end(&builder, waiting: [], confirmed: []) { rest, audience in
                rest.decider.startsAt = HistoryBuilder.start.advanced(by: start)
                audience.startsAt = rest.decider.startsAt
            }
            return builder
        }
        #expect(names(started(in: .seconds(30))) == [])
        #expect(names(started(in: .seconds(30 * 86_400))) == [.notNotified])
    }

    @Test func `an application that begins after the last loss is judged by its whole history`() {
        var builder = HistoryBuilder()
        builder.lose(.restored, copied: builder.moment)
        builder.pass(.seconds(10))
        builder.create(spots: 1)
        builder.confirm(Self.people[0])
        builder.confirm(Self.people[1])
        end(&builder, waiting: [], confirmed: [Self.people[0], Self.people[1]])
        builder.history.rest = [:]
        #expect(names(builder).contains(.overbooked))
    }

    /// The messages about an application that is cancelled before WaitlistService has got its state never reach it.
    @Test(arguments: [true, false])
    func `the state that WaitlistService is sent covers what was cancelled before, and nothing else`(isLate: Bool) {
        var builder = HistoryBuilder()
        builder.lose(.emptied, of: .waitlist, copied: Loss.Moment(time: .zero, messages: 0))
        builder.pass(.seconds(10))
        func sendState() {
            builder.toWaitlist(.stateComplete(StateComplete()), HistoryBuilder.trace(70))
        }
        if !isLate { sendState() }
        for message in [builder.creation(spots: 1), .cancel(CancelVolunteerApplication(applicationID: Self.a))] {
            let command = builder.send(message)
            builder.toNotifier(message, command.trace)
        }
        if isLate { sendState() }
        builder.end()
        #expect(names(builder) == (isLate ? [] : [.lost]))
    }
}

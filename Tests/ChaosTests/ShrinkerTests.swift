import ChaosHistory
import Contracts
import Testing

/// The shortest history is short and has the same violation.
@Suite struct ShrinkerTests {
    private static let people = (1...12).map { ID.trusted("v\($0)") }

    /// Two spots and ten waiting volunteers; one of the confirmed declines, all are offered the spot, and one claims
    /// it.
    private func busy(_ conditions: Conditions = Conditions(partitions: 2)) -> HistoryBuilder {
        var builder = HistoryBuilder(conditions)
        builder.create(spots: 2)
        for person in Self.people.prefix(2) { builder.confirm(person) }
        for (place, person) in Self.people.dropFirst(2).enumerated() { builder.wait(person, at: place + 1) }
        builder.leave(Self.people[0], reserving: 1, release: 1)
        builder.round(Array(Self.people.dropFirst(2)), release: 1, HistoryBuilder.trace(1))
        for person in Self.people.dropFirst(2) { builder.sendStatus(person, .available, HistoryBuilder.trace(1)) }
        builder.claim(Self.people[4], release: 1)
        for person in Self.people.dropFirst(2) where person != Self.people[4] {
            builder.sendStatus(person, .notChosen, HistoryBuilder.trace(2))
        }
        return builder
    }

    private func shortest(_ builder: HistoryBuilder) throws -> (history: History, violation: Violation) {
        let violation = try #require(Checker.violations(in: builder.history).first)
        return (try #require(Shrinker.shortest(builder.history, for: violation)), violation)
    }

    private func people(in history: History) -> Set<ID> {
        Set(history.messages.compactMap { $0.message?.volunteerID })
    }

    @Test func `a notification too many needs only its recipient and its causes`() throws {
        var builder = busy()
        builder.notify(.notChosen, to: Self.people[7])
        builder.end()
        let (history, violation) = try shortest(builder)
        #expect(violation.name == .notifiedTwice)
        #expect(Checker.violations(in: history).contains(violation))
        #expect(people(in: history) == [Self.people[7]])
        #expect(history.messages.count < 16)
    }

    @Test func `a stranded volunteer needs the confirmed, but no other waiting volunteer`() throws {
        var builder = busy()
        builder.resize(to: 3, reserving: 1, release: 2)
        builder.round(Array(Self.people[3..<11].filter { $0 != Self.people[4] }), release: 2, HistoryBuilder.trace(3))
        for person in Self.people[3..<11] where person != Self.people[4] {
            builder.sendStatus(person, .available, HistoryBuilder.trace(3))
        }
        builder.end()
        let violation = try #require(
            Checker.violations(in: builder.history).first { $0.name == .stranded && $0.volunteer == Self.people[11] })
        let history = try #require(Shrinker.shortest(builder.history, for: violation))
        #expect(Checker.violations(in: history).contains(violation))
        #expect(history.commands.count < 8)
        #expect(history.messages.count < builder.history.messages.count / 4)
    }

    @Test func `overbooking needs all confirmed volunteers`() throws {
        var builder = busy()
        builder.confirm(.trusted("v99"))
        builder.end()
        let (history, violation) = try shortest(builder)
        #expect(violation.name == .overbooked)
        #expect(Checker.violations(in: history).contains(violation))
        #expect(people(in: history).count == 3)
    }

    @Test func `of several rounds only the one without notification remains`() throws {
        var builder = busy()
        for release in 2...4 {
            builder.resize(to: release + 1, reserving: 1, release: release)
            builder.round(Array(Self.people[5...11]), release: release, HistoryBuilder.trace(10 * release))
            for person in Self.people[5...11] {
                let isTold = release != 3 || person != Self.people[9]
                builder.sendStatus(person, .available, HistoryBuilder.trace(10 * release), notification: isTold)
            }
        }
        builder.end()
        let violation = try #require(Checker.violations(in: builder.history).first { $0.name == .notNotified })
        let history = try #require(Shrinker.shortest(builder.history, for: violation))
        #expect(Checker.violations(in: history).contains(violation))
        #expect(history.messages.count { $0.message?.action == .notifyFreeSpot && $0.producer == "waitlist.p00" } <= 1)
    }

    @Test func `a violation without an application cannot be shortened`() {
        var builder = busy()
        builder.end()
        #expect(Shrinker.shortest(builder.history, for: Violation(.grew, "waitlist")) == nil)
        let other = Violation(.lost, application: HistoryBuilder.a, "a violation that does not exist")
        #expect(Shrinker.shortest(builder.history, for: other) == nil)
    }

    @Test func `notes keep their places among the remaining messages`() throws {
        var builder = busy()
        builder.history.notes = [History.Note(after: builder.history.messages.count, text: "kill notifier")]
        builder.notify(.notChosen, to: Self.people[7])
        builder.end()
        let (history, _) = try shortest(builder)
        #expect(history.account(of: HistoryBuilder.a).suffix(2).first == "  -- kill notifier")
    }
}

import ChaosHistory
import Contracts
import Testing

/// The shortest history is short, and has the same flaw.
@Suite struct ShrinkerTests {
    private static let people = (1...12).map { ID.trusted("v\($0)") }

    /// Two spots and ten who wait for them; then one drops out, all are offered the spot, and one takes it.
    private func busy(_ conditions: Conditions = Conditions(partitions: 2)) -> Tale {
        var tale = Tale(conditions)
        tale.create(spots: 2)
        for person in Self.people.prefix(2) { tale.confirm(person) }
        for (place, person) in Self.people.dropFirst(2).enumerated() { tale.wait(person, at: place + 1) }
        tale.dropOut(Self.people[0], reserving: 1, release: 1)
        tale.round(Array(Self.people.dropFirst(2)), release: 1, Tale.trace(1))
        for person in Self.people.dropFirst(2) { tale.tell(person, .available, Tale.trace(1)) }
        tale.claim(Self.people[4], release: 1)
        for person in Self.people.dropFirst(2) where person != Self.people[4] {
            tale.tell(person, .notChosen, Tale.trace(2))
        }
        return tale
    }

    private func shortest(_ tale: Tale) throws -> (history: History, objection: Objection) {
        let objection = try #require(Checker.objections(to: tale.history).first)
        return (try #require(Shrinker.shortest(tale.history, for: objection)), objection)
    }

    private func people(in history: History) -> Set<ID> {
        Set(history.sightings.compactMap { $0.message?.volunteerID })
    }

    @Test func `a letter too many needs but its reader, and what there is to tell`() throws {
        var tale = busy()
        tale.write(.notChosen, to: Self.people[7])
        tale.end()
        let (history, objection) = try shortest(tale)
        #expect(objection.name == .toldTwice)
        #expect(Checker.objections(to: history).contains(objection))
        #expect(people(in: history) == [Self.people[7]])
        #expect(history.sightings.count < 16)
    }

    @Test func `who is stranded needs those who hold the other spots, and none of those who wait`() throws {
        var tale = busy()
        tale.resize(to: 3, reserving: 1, release: 2)
        tale.round(Array(Self.people[3..<11].filter { $0 != Self.people[4] }), release: 2, Tale.trace(3))
        for person in Self.people[3..<11] where person != Self.people[4] {
            tale.tell(person, .available, Tale.trace(3))
        }
        tale.end()
        let objection = try #require(
            Checker.objections(to: tale.history).first { $0.name == .stranded && $0.volunteer == Self.people[11] })
        let history = try #require(Shrinker.shortest(tale.history, for: objection))
        #expect(Checker.objections(to: history).contains(objection))
        #expect(history.commands.count < 8)
        #expect(history.sightings.count < tale.history.sightings.count / 4)
    }

    @Test func `too many confirmed need as many as there are`() throws {
        var tale = busy()
        tale.confirm(.trusted("v99"))
        tale.end()
        let (history, objection) = try shortest(tale)
        #expect(objection.name == .overbooked)
        #expect(Checker.objections(to: history).contains(objection))
        #expect(people(in: history).count == 3)
    }

    @Test func `of several rounds only the one is left that was not told`() throws {
        var tale = busy()
        for release in 2...4 {
            tale.resize(to: release + 1, reserving: 1, release: release)
            tale.round(Array(Self.people[5...11]), release: release, Tale.trace(10 * release))
            for person in Self.people[5...11] {
                let isTold = release != 3 || person != Self.people[9]
                tale.tell(person, .available, Tale.trace(10 * release), letter: isTold)
            }
        }
        tale.end()
        let objection = try #require(Checker.objections(to: tale.history).first { $0.name == .untold })
        let history = try #require(Shrinker.shortest(tale.history, for: objection))
        #expect(Checker.objections(to: history).contains(objection))
        #expect(history.sightings.count { $0.message?.action == .notifyFreeSpot && $0.producer == "waitlist.p00" } <= 1)
    }

    @Test func `what concerns no application cannot be shortened`() {
        var tale = busy()
        tale.end()
        #expect(Shrinker.shortest(tale.history, for: Objection(.grown, "waitlist")) == nil)
        let other = Objection(.lost, application: Tale.a, "something that is not so")
        #expect(Shrinker.shortest(tale.history, for: other) == nil)
    }

    @Test func `notes stay where they were among what is left`() throws {
        var tale = busy()
        tale.history.notes = [History.Note(after: tale.history.sightings.count, text: "kill notifier")]
        tale.write(.notChosen, to: Self.people[7])
        tale.end()
        let (history, _) = try shortest(tale)
        #expect(history.account(of: Tale.a).suffix(2).first == "  -- kill notifier")
    }
}

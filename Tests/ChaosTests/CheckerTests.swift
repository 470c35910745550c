import ChaosHistory
import Contracts
import Testing

/// The checker finds nothing in a history that is whole, and names what is wrong with one that is not.
@Suite struct CheckerTests {
    static let v1: ID = .trusted("v1")
    static let v2: ID = .trusted("v2")
    static let v3: ID = .trusted("v3")
    static let v4: ID = .trusted("v4")

    /// One spot and two who wait; the spot comes free and both are offered it.
    private func released(_ conditions: Conditions = Conditions()) -> Tale {
        var tale = Tale(conditions)
        tale.create(spots: 1)
        tale.confirm(Self.v1)
        tale.wait(Self.v2, at: 1)
        tale.wait(Self.v3, at: 2)
        tale.dropOut(Self.v1, reserving: 1, release: 1)
        return tale
    }

    private func offered(_ conditions: Conditions = Conditions()) -> Tale {
        var tale = released(conditions)
        tale.round([Self.v2, Self.v3], release: 1, Tale.trace(1))
        tale.tell(Self.v2, .available, Tale.trace(1))
        tale.tell(Self.v3, .available, Tale.trace(1))
        return tale
    }

    /// The second claims it, and the third hears so.
    private func whole(_ conditions: Conditions = Conditions()) -> Tale {
        var tale = offered(conditions)
        tale.claim(Self.v2, release: 1)
        tale.tell(Self.v3, .notChosen, Tale.trace(2))
        return tale
    }

    @Test(arguments: [1, 2, 3]) func `nothing is held against a history that is whole`(partitions: Int) {
        var tale = whole(Conditions(partitions: partitions))
        tale.end()
        #expect(Checker.objections(to: tale.history).map(\.description) == [])
    }

    @Test func `nothing is held against what was published again as it was`() {
        var tale = whole()
        tale.end()
        tale.history.sightings += tale.history.sightings.filter { $0.producer != nil }.suffix(9)
        #expect(tale.objections == [])
    }

    @Test func `a command without effect is lost`() {
        var tale = whole()
        _ = tale.accept(Self.v4)
        tale.end()
        #expect(tale.objections == [.lost])
    }

    @Test func `a command that nobody counted is lost`() {
        var tale = whole()
        _ = tale.accept(Self.v2)
        tale.end(applied: tale.history.commands.count - 1)
        #expect(tale.objections == [.lost])
    }

    @Test func `a place on the list that was not given is lost`() {
        var tale = whole()
        let command = tale.accept(Self.v4)
        let waiting = VolunteerWaiting(volunteerID: Self.v4, applicationID: Tale.a, timestamp: nil)
        tale.toWaitlist(.waiting(waiting), command.trace)
        tale.end()
        #expect(tale.objections == [.lost])
    }

    @Test func `a command that has its effect twice is doubled`() {
        var tale = whole()
        let command = tale.accept(Self.v4)
        for _ in 1...2 {
            let waiting = VolunteerWaiting(volunteerID: Self.v4, applicationID: Tale.a, timestamp: nil)
            tale.toWaitlist(.waiting(waiting), command.trace)
        }
        tale.list(Self.v4, at: 2, command.trace)
        tale.end()
        #expect(tale.objections == [.doubled])
    }

    @Test func `a command that is counted twice is doubled`() {
        var tale = whole()
        tale.end(applied: tale.history.commands.count + 1)
        #expect(tale.objections == [.doubled])
    }

    @Test func `garbage that is parked twice is doubled, once is right, and not at all is lost`() {
        for (count, expected) in [(0, [.lost]), (1, []), (2, [.doubled])] as [(Int, Set<Objection.Name>)] {
            var tale = whole()
            let garbage = Command(.garbage("{"), number: tale.history.commands.count, seed: 7)
            tale.history.commands.append(garbage)
            tale.end()
            let entry = History.Entry(messageID: garbage.messageID, reason: "is no JSON")
            tale.history.endings[.application]?.parked = Array(repeating: entry, count: count)
            #expect(tale.objections == expected)
        }
    }

    @Test func `one confirmed beyond the spots is overbooked`() {
        var tale = whole()
        tale.confirm(Self.v4)
        tale.end()
        #expect(tale.objections == [.overbooked])
    }

    @Test func `a lowered capacity removes nobody, and nobody comes on top`() {
        var tale = Tale()
        tale.create(spots: 2)
        tale.confirm(Self.v1)
        tale.confirm(Self.v2)
        tale.resize(to: 1, reserving: 0, release: 0)
        tale.end()
        #expect(tale.objections == [])
        tale.confirm(Self.v3)
        tale.end()
        #expect(tale.objections == [.overbooked])
    }

    @Test func `who comes later and is offered first is out of order`() {
        var tale = released()
        tale.round([Self.v3, Self.v2], release: 1, Tale.trace(1))
        tale.tell(Self.v3, .available, Tale.trace(1))
        tale.tell(Self.v2, .available, Tale.trace(1))
        tale.end()
        #expect(tale.objections == [.outOfOrder])
    }

    @Test func `a command that takes effect after a later one is out of order`() {
        var tale = whole()
        let first = tale.accept(Self.v4)
        tale.confirm(.trusted("v6"))
        tale.tell(Self.v4, .confirmed, first.trace)
        tale.end()
        #expect(tale.objections.contains(.outOfOrder))
    }

    @Test func `who is passed by is out of order`() {
        var tale = released()
        tale.round([Self.v3], release: 1, Tale.trace(1))
        tale.tell(Self.v3, .available, Tale.trace(1))
        tale.tell(Self.v2, .available, Tale.trace(1), letter: false)
        tale.end()
        #expect(tale.objections.contains(.outOfOrder))
    }

    @Test func `a place that is not the list's is out of order`() {
        var tale = whole()
        tale.wait(Self.v4, at: 3)
        tale.end()
        #expect(tale.objections == [.outOfOrder])
    }

    @Test func `one letter too many is told twice`() {
        var tale = whole()
        tale.write(.notChosen, to: Self.v3)
        tale.end()
        #expect(tale.objections == [.toldTwice])
    }

    @Test func `one offer told for two reasons of which one is none is told twice and causeless`() {
        var tale = offered()
        tale.tell(Self.v2, .available, Tale.trace(1))
        tale.end()
        #expect(tale.objections == [.toldTwice])
    }

    @Test func `a letter that never came is untold`() {
        var tale = offered()
        tale.claim(Self.v2, release: 1)
        tale.tell(Self.v3, .notChosen, Tale.trace(2), letter: false)
        tale.end()
        #expect(tale.objections == [.untold])
    }

    @Test func `letters in another order than things happened are told out of order`() {
        var tale = offered()
        let command = tale.accept(Self.v2)
        tale.tell(Self.v2, .confirmed, command.trace, letter: false)
        tale.toWaitlist(command.message!, command.trace)
        tale.reserve(0, release: 1, command.trace)
        tale.dropOut(Self.v2, reserving: 1, release: 2)
        tale.round([Self.v3], release: 2, Tale.trace(3))
        tale.tell(Self.v3, .notChosen, Tale.trace(2), letter: false)
        tale.tell(Self.v3, .available, Tale.trace(3), letter: false)
        tale.write(.confirmed, to: Self.v2)
        tale.write(.spotAvailable, to: Self.v3)
        tale.write(.notChosen, to: Self.v3)
        tale.end()
        #expect(tale.objections == [.toldOutOfOrder])
    }

    @Test func `who waits beside a free spot and was not told is stranded`() {
        var tale = released()
        tale.end()
        #expect(tale.objections == [.stranded])
        tale = released()
        tale.round([Self.v2], release: 1, Tale.trace(1))
        tale.tell(Self.v2, .available, Tale.trace(1))
        tale.end()
        let stranded = Checker.objections(to: tale.history).filter { $0.name == .stranded }
        #expect(stranded.map(\.volunteer) == [Self.v3])
    }

    @Test func `a confirmation that nobody asked for is causeless`() {
        var tale = Tale()
        tale.create(spots: 2)
        tale.tell(Self.v4, .confirmed, Tale.trace(9))
        tale.end()
        #expect(tale.objections == [.causeless])
    }

    @Test func `an offer to somebody who does not wait is causeless`() {
        var tale = whole()
        tale.round([Self.v4], release: 1, Tale.trace(4))
        tale.end()
        #expect(tale.objections == [.causeless])
    }

    @Test func `who is confirmed and keeps the place on the list is both`() {
        var tale = offered()
        let command = tale.accept(Self.v2)
        tale.tell(Self.v2, .confirmed, command.trace)
        tale.reserve(0, release: 1, command.trace)
        tale.end()
        #expect(tale.objections == [.confirmedAndWaiting])
    }

    @Test func `a list that has lost somebody differs`() {
        var tale = whole()
        let update = Message.update(UpdateVolunteerApplication(applicationID: Tale.a, availableSpots: 2))
        let probe = tale.say(update)
        tale.toWaitlist(update, probe.trace)
        tale.toNotifier(update, probe.trace)
        tale.reserve(1, release: 2, probe.trace)
        tale.history.probes[Tale.a] = probe
        tale.round([], release: 2, Tale.trace(5))
        tale.end()
        #expect(tale.objections == [.listsDiffer, .stranded])
    }
}

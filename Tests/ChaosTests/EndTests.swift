import ChaosHistory
import Contracts
import Testing

/// What the checker makes of streams, counters and queues at the end of a history.
@Suite struct EndTests {
    private func confirmed(startsIn start: Duration = .seconds(30 * 86_400)) -> Tale {
        var tale = Tale()
        tale.create(spots: 1, startsIn: start)
        tale.confirm(.trusted("v1"))
        return tale
    }

    @Test func `a stream of which one end has less differs`() {
        var tale = confirmed()
        tale.end()
        tale.history.endings[.notifier]?.streams[0].last -= 1
        tale.history.endings[.notifier]?.counters["applied"]! -= 1
        tale.history.endings[.notifier]?.counters["accepted"]! -= 1
        #expect(tale.objections == [.streamsDiffer])
    }

    @Test func `a message that nobody saw leaves a hole in the numbers`() throws {
        var tale = confirmed()
        let first = try #require(tale.history.sightings.firstIndex { $0.stream == "application.p00>notifier.p00" })
        tale.history.sightings.remove(at: first)
        tale.end()
        #expect(tale.objections.contains(.misnumbered))
    }

    @Test func `a republication that says something else is misnumbered`() throws {
        var tale = confirmed()
        var again = try #require(tale.history.sightings.last { $0.producer != nil })
        again.body += [0x20]
        tale.end()
        tale.history.sightings.append(again)
        #expect(tale.objections == [.misnumbered])
    }

    @Test func `counters that do not fit what was seen are unbalanced`() {
        var tale = confirmed()
        tale.end()
        tale.history.endings[.notifier]?.counters["notified"]! += 1
        #expect(tale.objections == [.unbalanced])
    }

    @Test func `what is left in a queue or waits in a file is not at rest`() {
        var tale = confirmed()
        tale.end()
        tale.history.queues = ["application.ingress": 1, "waitlist.p00": 0]
        #expect(tale.objections == [.notAtRest])
        tale.history.queues = [:]
        tale.history.endings[.waitlist]?.blocked = ["p00-1"]
        #expect(tale.objections == [.notAtRest])
    }

    @Test func `mishaps on the way are held against it`() {
        var tale = confirmed()
        tale.end()
        tale.history.mishaps = [Objection(.died, "waitlist ended with 1")]
        #expect(tale.objections == [.died])
    }

    @Test func `the account of an application is what concerns it and one of its volunteers`() {
        var tale = confirmed()
        tale.confirm(.trusted("v2"))
        tale.history.notes = [History.Note(after: 2, text: "kill waitlist")]
        let lines = tale.history.account(of: Tale.a, volunteer: .trusted("v1"))
        #expect(lines.count { $0.contains("v1") } == 3)
        #expect(!lines.contains { $0.contains("v2") })
        #expect(lines.contains("  -- kill waitlist"))
    }
}

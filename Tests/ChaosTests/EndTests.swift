import ChaosHistory
import Contracts
import Testing

/// Violations in streams, counters and queues at the end of a history.
@Suite struct EndTests {
    private func confirmed(startsIn start: Duration = .seconds(30 * 86_400)) -> HistoryBuilder {
        var builder = HistoryBuilder()
        builder.create(spots: 1, startsIn: start)
        builder.confirm(.trusted("v1"))
        return builder
    }

    @Test func `a stream with fewer messages at one end differs`() {
        var builder = confirmed()
        builder.end()
        builder.history.finalStates[.notifier]?.streams[0].last -= 1
        builder.history.finalStates[.notifier]?.counters["applied"]! -= 1
        builder.history.finalStates[.notifier]?.counters["accepted"]! -= 1
        #expect(builder.violations == [.streamsDiffer])
    }

    @Test func `a message that was not observed leaves a gap in the numbers`() throws {
        var builder = confirmed()
        let first = try #require(builder.history.messages.firstIndex { $0.stream == "application.p00>notifier.p00" })
        builder.history.messages.remove(at: first)
        builder.end()
        #expect(builder.violations.contains(.misnumbered))
    }

    @Test func `a republication with different content is misnumbered`() throws {
        var builder = confirmed()
        var again = try #require(builder.history.messages.last { $0.producer != nil })
        again.body += [0x20]
        builder.end()
        builder.history.messages.append(again)
        #expect(builder.violations == [.misnumbered])
    }

    @Test func `counters that differ from the observed messages are unbalanced`() {
        var builder = confirmed()
        builder.end()
        builder.history.finalStates[.notifier]?.counters["notified"]! += 1
        #expect(builder.violations == [.unbalanced])
    }

    @Test func `a message left in a queue, or blocked, is not quiescent`() {
        var builder = confirmed()
        builder.end()
        builder.history.queues = ["application.ingress": 1, "waitlist.p00": 0]
        #expect(builder.violations == [.notQuiescent])
        builder.history.queues = [:]
        builder.history.finalStates[.waitlist]?.blocked = ["p00-1"]
        #expect(builder.violations == [.notQuiescent])
    }

    @Test func `violations found during the run are reported`() {
        var builder = confirmed()
        builder.end()
        builder.history.incidents = [Violation(.died, "waitlist ended with 1")]
        #expect(builder.violations == [.died])
    }

    @Test func `the account of an application can be restricted to one volunteer`() {
        var builder = confirmed()
        builder.confirm(.trusted("v2"))
        builder.history.notes = [History.Note(after: 2, text: "kill waitlist")]
        let lines = builder.history.account(of: HistoryBuilder.a, volunteer: .trusted("v1"))
        #expect(lines.count { $0.contains("v1") } == 3)
        #expect(!lines.contains { $0.contains("v2") })
        #expect(lines.contains("  -- kill waitlist"))
    }
}

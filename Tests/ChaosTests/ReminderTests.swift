import ChaosHistory
import Contracts
import Testing

/// Violations in reminders: one per lead, when it is due, to confirmed volunteers.
@Suite struct ReminderTests {
    private static let v: ID = .trusted("v1")

    /// A confirmed volunteer, with reminders due after 40 and 55 seconds, and the start after 60.
    private func confirmed() -> HistoryBuilder {
        var builder = HistoryBuilder(Conditions(partitions: 2))
        builder.history.leads = [ISODuration(time: .seconds(20)), ISODuration(time: .seconds(5))]
        builder.create(spots: 3, startsIn: .seconds(60))
        builder.confirm(Self.v)
        return builder
    }

    private func at(_ seconds: Int) -> Timestamp { HistoryBuilder.start.advanced(by: .seconds(seconds)) }

    private func check(_ reminders: [Int], _ before: (inout HistoryBuilder) -> Void = { _ in }) -> Set<Violation.Name> {
        var builder = confirmed()
        before(&builder)
        for seconds in reminders { builder.notify(.reminder, to: Self.v, at: at(seconds)) }
        builder.end()
        return builder.violations
    }

    @Test func `one reminder per lead is correct, also if it is late`() {
        #expect(check([40, 55]) == [])
        #expect(check([58, 59]) == [])
    }

    @Test func `a missing reminder is a violation, unless this very one is recorded as missed`() {
        #expect(check([40]) == [.notReminded])
        #expect(check([]) == [.notReminded])
        var builder = confirmed()
        builder.notify(.reminder, to: Self.v, at: at(40))
        builder.end()
        #expect(builder.violations == [.notReminded])
        var missed = MissedReminder(
            application: HistoryBuilder.a, user: .trusted("v2"), lead: "PT5S", start: at(60))
        builder.history.missedReminders = [missed]
        #expect(builder.violations == [.notReminded])
        missed.user = Self.v
        builder.history.missedReminders = [missed]
        #expect(builder.violations == [])
        missed.start = at(120)
        builder.history.missedReminders = [missed]
        #expect(builder.violations == [.notReminded])
    }

    @Test func `two reminders for one lead are notified twice`() {
        #expect(check([40, 41, 55]).contains(.notifiedTwice))
        #expect(check([40, 55, 56]) == [.notifiedTwice])
    }

    @Test func `a reminder before it is due, or after the start, has no cause`() {
        #expect(check([30, 40, 55]) == [.uncaused])
        #expect(check([40, 55, 60]) == [.uncaused])
    }

    @Test func `a volunteer is not reminded after NotifierService has read that they left`() throws {
        var builder = confirmed()
        builder.leave(Self.v, reserving: 0, release: 0)
        // In the same partition as the volunteer who left: only then does it prove what was read.
        let neighbour = try #require(
            (1...99).map { ID.trusted("n\($0)") }.first {
                Partition.of($0, count: 2) == Partition.of(Self.v, count: 2)
            })
        builder.confirm(neighbour)
        for seconds in [40, 55] { builder.notify(.reminder, to: neighbour, at: at(seconds)) }
        builder.notify(.reminder, to: Self.v, at: at(45))
        builder.end()
        #expect(builder.violations == [.uncaused])
    }

    @Test func `a cancelled application has no reminders`() {
        #expect(check([40]) { $0.cancel(notifying: [Self.v]) } == [.uncaused])
        #expect(check([]) { $0.cancel(notifying: [Self.v]) } == [])
    }

    @Test func `a new start has its own reminders`() {
        let moved: (inout HistoryBuilder) -> Void = { builder in
            builder.notify(.reminder, to: Self.v, at: at(40))
            builder.move(to: at(120), notifying: [Self.v], at: at(50))
        }
        #expect(check([100, 115]) { moved(&$0) } == [])
        #expect(check([100]) { moved(&$0) } == [.notReminded])
        #expect(check([100, 101, 115]) { moved(&$0) }.contains(.notifiedTwice))
    }

    @Test func `of a start that is moved close, only the reminders that are still to come are owed`() {
        for told in [105, -86_400] {
            let moved: (inout HistoryBuilder) -> Void = { builder in
                builder.notify(.reminder, to: Self.v, at: at(40))
                builder.move(to: at(120), notifying: [Self.v], at: at(105), told: at(told))
            }
            #expect(check([115]) { moved(&$0) } == [], "told at \(told)")
            #expect(check([]) { moved(&$0) } == [.notReminded], "told at \(told)")
        }
        let tooLate: (inout HistoryBuilder) -> Void = { builder in
            builder.move(to: at(120), notifying: [Self.v], at: at(118))
        }
        #expect(check([]) { tooLate(&$0) } == [])
    }

    @Test func `a reminder is owed from the move on, whenever its volunteers are told`() {
        let moved: (inout HistoryBuilder) -> Void = { builder in
            builder.notify(.reminder, to: Self.v, at: at(40))
            builder.move(to: at(120), notifying: [Self.v], at: at(50), told: at(118))
        }
        #expect(check([]) { moved(&$0) } == [.notReminded])
        #expect(check([118, 119]) { moved(&$0) } == [])
    }
}

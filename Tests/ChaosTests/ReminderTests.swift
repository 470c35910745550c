import ChaosHistory
import Contracts
import Testing

/// What the checker makes of reminders: each lead's once, when it is due, to who is confirmed.
@Suite struct ReminderTests {
    private static let v: ID = .trusted("v1")

    /// Confirmed, with reminders due after 40 and 55 seconds, and the start after 60.
    private func confirmed() -> Tale {
        var tale = Tale(Conditions(partitions: 2))
        tale.history.leads = [ISODuration(time: .seconds(20)), ISODuration(time: .seconds(5))]
        tale.create(spots: 3, startsIn: .seconds(60))
        tale.confirm(Self.v)
        return tale
    }

    private func at(_ seconds: Int) -> Timestamp { Tale.start.advanced(by: .seconds(seconds)) }

    private func judge(_ reminders: [Int], _ before: (inout Tale) -> Void = { _ in }) -> Set<Objection.Name> {
        var tale = confirmed()
        before(&tale)
        for seconds in reminders { tale.write(.reminder, to: Self.v, at: at(seconds)) }
        tale.end()
        return tale.objections
    }

    @Test func `one for each lead is right, also late`() {
        #expect(judge([40, 55]) == [])
        #expect(judge([58, 59]) == [])
    }

    @Test func `one that is missing is unreminded, unless it is counted as missed`() {
        #expect(judge([40]) == [.unreminded])
        #expect(judge([]) == [.unreminded])
        var tale = confirmed()
        tale.write(.reminder, to: Self.v, at: at(40))
        tale.end()
        tale.history.endings[.notifier]?.counters["missed"] = 1
        #expect(tale.objections == [])
    }

    @Test func `two of the same lead are told twice, however many leads there are`() {
        #expect(judge([40, 41, 55]).contains(.toldTwice))
        #expect(judge([40, 55, 56]) == [.toldTwice])
    }

    @Test func `one that is not due, or when the start has come, is causeless`() {
        #expect(judge([30, 40, 55]) == [.causeless])
        #expect(judge([40, 55, 60]) == [.causeless])
    }

    @Test func `who has left is not reminded once it is known that this was read`() throws {
        var tale = confirmed()
        tale.dropOut(Self.v, reserving: 0, release: 0)
        // In the same partition as the one who left, or it would say nothing.
        let neighbour = try #require(
            (1...99).map { ID.trusted("n\($0)") }.first {
                Partition.of($0, count: 2) == Partition.of(Self.v, count: 2)
            })
        tale.confirm(neighbour)
        for seconds in [40, 55] { tale.write(.reminder, to: neighbour, at: at(seconds)) }
        tale.write(.reminder, to: Self.v, at: at(45))
        tale.end()
        #expect(tale.objections == [.causeless])
    }

    @Test func `what is cancelled is not reminded of`() {
        #expect(judge([40]) { $0.cancel(telling: [Self.v]) } == [.causeless])
        #expect(judge([]) { $0.cancel(telling: [Self.v]) } == [])
    }

    @Test func `a new start has reminders of its own`() {
        let moved: (inout Tale) -> Void = { tale in
            tale.write(.reminder, to: Self.v, at: at(40))
            tale.move(to: at(120), telling: [Self.v], at: at(50))
        }
        #expect(judge([100, 115]) { moved(&$0) } == [])
        #expect(judge([100]) { moved(&$0) } == [.unreminded])
        #expect(judge([100, 101, 115]) { moved(&$0) }.contains(.toldTwice))
    }
}

import ChaosHistory
import Contracts
import Testing

/// What a notifier partition must know of an application, and when (contract section 3).
@Suite struct IntroductionTests {
    private static let partitions = 3
    private static let first = volunteer(in: 0)
    private static let second = volunteer(in: 1)

    private static func volunteer(in partition: Int) -> ID {
        (0..<99).map { ID.trusted("v\($0)") }
            .filter { Partition.of($0, count: partitions).number == partition }[0]
    }

    /// One partition knows the application before a change, one after it, and one never.
    private func changed() -> HistoryBuilder {
        var builder = HistoryBuilder(Conditions(partitions: Self.partitions))
        builder.create(spots: 2)
        builder.confirm(Self.first)
        builder.rename(to: "b", notifying: [Self.first])
        builder.confirm(Self.second)
        return builder
    }

    private func found(_ builder: HistoryBuilder) -> [String] {
        Checker.violations(in: builder.history).map(\.description)
    }

    /// The number of the message with this action to the partition that gets to know the application first or second.
    private func index(_ action: Action, _ partition: Int, in builder: HistoryBuilder) throws -> Int {
        try #require(
            builder.history.messages.firstIndex {
                $0.message?.action == action && $0.stream?.hasSuffix(">notifier.p0\(partition)") == true
            })
    }

    @Test func `a create with the first message, and changes from then on, are correct`() throws {
        var builder = changed()
        builder.cancel(notifying: [Self.first, Self.second])
        builder.end()
        #expect(found(builder) == [])
        #expect(builder.history.messages.allSatisfy { $0.stream?.hasSuffix(">notifier.p02") != true })
    }

    @Test func `an application that was cancelled before its first message is cancelled with it`() {
        var builder = HistoryBuilder(Conditions(partitions: Self.partitions))
        builder.create(spots: 2)
        builder.cancel(notifying: [])
        let command = builder.accept(Self.second)
        let record = SpotStatusRecord(
            applicationID: HistoryBuilder.a, userID: Self.second, status: .refused,
            timestamp: .instant(HistoryBuilder.start), reason: "application_cancelled")
        builder.toNotifier(.spotStatus(record), command.trace, of: Self.second)
        builder.notify(.refused, to: Self.second, command.trace)
        builder.end(applied: 2)
        builder.history.finalStates[.application]?.counters["refused"] = 1
        builder.history.finalStates[.application]?.counters["accepted"] = 3
        builder.history.finalStates[.application]?.refused = [
            History.Entry(messageID: command.messageID, reason: "application_cancelled")
        ]
        #expect(found(builder) == [])
    }

    @Test func `a message without a create before it is lost`() throws {
        var builder = changed()
        builder.history.messages.remove(at: try index(.create, 1, in: builder))
        builder.end()
        #expect(builder.violations.contains(.lost))
    }

    @Test func `a change that a partition does not get is lost`() throws {
        var builder = changed()
        builder.history.messages.remove(at: try index(.update, 0, in: builder))
        builder.end()
        #expect(builder.violations.contains(.stateDiffers))
    }

    @Test func `a create with outdated values is a violation`() throws {
        var builder = changed()
        let old = try #require(builder.history.messages[try index(.create, 0, in: builder)].message)
        let number = try index(.create, 1, in: builder)
        let observed = builder.history.messages[number]
        builder.history.messages[number] = ObservedMessage(
            exchange: observed.exchange, routingKey: observed.routingKey, messageID: observed.messageID,
            producer: observed.producer, stream: observed.stream, epoch: observed.epoch, seq: observed.seq,
            traceparent: observed.trace.map { "00-\($0)-0000000000000001-01" }, body: old.encoded())
        builder.end()
        #expect(builder.violations == [.stateDiffers])
    }

    @Test func `a create that nobody needs, and a second one, are violations`() throws {
        var builder = changed()
        let create = try #require(builder.history.messages[try index(.create, 1, in: builder)].message)
        builder.publish(create, from: decider, to: "\(decider)>notifier.p02", trace: HistoryBuilder.trace(9))
        builder.end()
        #expect(builder.violations == [.uncaused])
        builder = changed()
        builder.publish(create, from: decider, to: "\(decider)>notifier.p01", trace: HistoryBuilder.trace(9))
        builder.sendStatus(Self.second, .notChosen, HistoryBuilder.trace(9))
        builder.end()
        #expect(builder.violations.contains(.duplicated))
    }

    private var decider: String {
        Address(service: .application, partition: .of(HistoryBuilder.a, count: Self.partitions)).name
    }
}

import Contracts
import GRDB
import Ledger
import Logging
import TestSupport
import Testing

/// When a producer sends its state, and when a consumer asks for it (contract section 4).
@Suite struct ResyncTests {
    private static let waitlist = Address(service: .waitlist, partition: Partition(number: 0))
    private static let notifier = Address(service: .notifier, partition: Partition(number: 0))
    private static let streamToNotifier = StreamName(producer: LedgerFixture.address, consumer: notifier)

    private func emit(_ count: Int, to consumer: Address = notifier, _ ledger: LedgerFixture) async throws {
        try await ledger.writer.perform { transaction in
            for number in 1...count {
                let response = VolunteerResponse(
                    volunteerID: .trusted("v\(number)"), applicationID: .trusted("7"), status: .declined)
                transaction.emit(.response(response), to: consumer)
            }
        }
    }

    private struct Producer {
        let ledger: LedgerFixture
        let relay: OutboxRelay
    }

    /// A producer at epoch 77 whose consumer has applied 3 of 5 messages. Jobs stay at their first step.
    private func withProducer(to consumer: Address = notifier, _ body: (Producer) async throws -> Void) async throws {
        let handler = ScriptedHandler()
        handler.change { $0.failing = ["\(consumer) 1"] }
        try await withLedger(in: TemporaryFolder("ledger"), handler: handler) { ledger in
            try await emit(5, to: consumer, ledger)
            let relay = try ledger.relay()
            try await ledger.answerHeads(of: relay) { $0.answer(last: 0) }
            ledger.writer.submit(.confirmed(relay.settled(relay.next(max: 99).map { ($0.publishID, true) })))
            let name = StreamName(producer: LedgerFixture.address, consumer: consumer)
            try await ledger.receive(
                StreamApplied(stream: name, epoch: 77, last: 3, handshake: StreamApplied.unasked), relay)
            relay.channelOpened()
            try await body(Producer(ledger: ledger, relay: relay))
        }
    }

    private func jobs(_ ledger: LedgerFixture) throws -> [String] {
        try ledger.file.pool.read {
            try String.fetchAll($0, sql: "SELECT key || ' ' || detail FROM work WHERE kind = 'resync'")
        }
    }

    private func next(_ producer: Producer) async throws -> [Int64] {
        try await producer.ledger.answerHeads(of: producer.relay)
        return producer.relay.next(max: 99).map(\.seq)
    }

    @Test(arguments: [Int64(0), 2])
    func `a consumer that knows less than it has reported is sent the state, and only later messages`(
        last: Int64
    ) async throws {
        try await withProducer { producer in
            try await producer.ledger.answerHeads(of: producer.relay) { $0.answer(last: last) }
            #expect(try jobs(producer.ledger) == ["notifier.p00 "])
            #expect(try producer.ledger.file.counters()["restored"] == nil)
            #expect(try await next(producer) == [1, 2], "4 and 5 of the earlier epoch")
        }
    }

    @Test func `a consumer that knows what it has reported is sent what follows`() async throws {
        try await withProducer { producer in
            try await producer.ledger.answerHeads(of: producer.relay) { $0.answer(last: 3) }
            #expect(try jobs(producer.ledger) == [])
            #expect(producer.relay.next(max: 99).map(\.seq) == [4, 5])
        }
    }

    @Test func `a consumer that reports less than before, or asks for what it had, is asked again`() async throws {
        try await withProducer { producer in
            let (ledger, relay) = (producer.ledger, producer.relay)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 3) }
            _ = relay.settled(relay.next(max: 99).map { ($0.publishID, true) })
            relay.resend(Resend(stream: Self.streamToNotifier, epoch: 77, from: 4))
            #expect(relay.next(max: 99).map(\.seq) == [4, 5] && relay.nextHeads(max: 9).isEmpty)
            relay.resend(Resend(stream: Self.streamToNotifier, epoch: 77, from: 3))
            #expect(relay.next(max: 99).isEmpty)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 3) }
            let report = StreamApplied(
                stream: Self.streamToNotifier, epoch: 77, last: 2, handshake: StreamApplied.unasked)
            try await ledger.receive(report, relay)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 2) }
            #expect(try jobs(ledger) == ["notifier.p00 "])
        }
    }

    @Test func `the state covers every message to a waiting list`() async throws {
        try await withProducer(to: Self.waitlist) { producer in
            try await producer.ledger.answerHeads(of: producer.relay) { $0.answer(last: 0) }
            #expect(try jobs(producer.ledger) == ["waitlist.p00 "])
            #expect(try await next(producer) == [])
        }
    }

    @Test func `a consumer that knows more is sent the state of the restored file, and what is new`() async throws {
        try await withProducer { producer in
            try await producer.ledger.answerHeads(of: producer.relay) { $0.answer(last: 9) }
            #expect(try jobs(producer.ledger) == ["notifier.p00 restored"])
            #expect(try producer.ledger.file.counters()["restored"] == 1)
        }
    }

    @Test func `a consumer with state of an earlier epoch asks once`() async throws {
        try await withProducer { producer in
            func ask() async throws {
                try await producer.ledger.answerHeads(of: producer.relay) { head in
                    var answer = head.answer(last: 3)
                    answer.resync = true
                    return answer
                }
            }
            try await ask()
            #expect(try jobs(producer.ledger) == ["notifier.p00 restored"])
            let epoch = try producer.ledger.file.streams().first?.epoch
            producer.relay.channelOpened()
            try await producer.ledger.answerHeads(of: producer.relay) { head in
                var answer = head.answer(last: 0)
                answer.resync = true
                return answer
            }
            #expect(try producer.ledger.file.streams().first?.epoch == epoch)
            #expect(producer.relay.next(max: 99).map(\.seq) == [1, 2])
        }
    }

    @Test func `a producer known in an earlier epoch is asked for its state, until it is sent`() async throws {
        try await withLedger(in: TemporaryFolder("ledger"), address: Self.waitlist) { ledger in
            let stream = StreamName(producer: LedgerFixture.address, consumer: Self.waitlist)
            func answer(_ epoch: Int64) async throws -> StreamApplied? {
                let head = StreamHead(stream: stream, epoch: epoch, head: 0, handshake: "h")
                ledger.writer.submit(.streamHead(head, AckToken(target: ledger.acks, tag: 1)))
                try await ledger.runOnce()
                return ledger.recorder.takeCommits().flatMap(\.controlMessages).compactMap { control in
                    if case .streamApplied(let applied) = control.message { applied } else { nil }
                }.last
            }
            #expect(try await answer(5)?.resync == nil, "nothing was known")
            #expect(try await answer(6)?.resync == true)
            #expect(try ledger.file.resyncingStreams() == [stream.description])
            #expect(ledger.handler.renewals == [LedgerFixture.address])
            try await ledger.writer.perform { $0.finishResync(with: LedgerFixture.address) }
            #expect(try await answer(6)?.resync == nil)
            #expect(try ledger.file.resyncingStreams() == [])
        }
    }

    @Test func `a stream without state is not resyncing in a new epoch`() async throws {
        try await withLedger { ledger in
            for epoch in [Int64(5), 6] {
                ledger.writer.submit(try .streamed(1, epoch: epoch, "a", ledger.acks))
                try await ledger.runOnce()
            }
            #expect(ledger.handler.renewals == [LedgerFixture.producer])
            #expect(try ledger.file.resyncingStreams() == [])
        }
    }

    @Test func `the state waits until the consumer has applied all but a few parts of it`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.jobSteps = 2 }
            let relay = try ledger.relay()
            try await ledger.writer.perform { transaction in
                for number in 1...4 { transaction.emit(.applicationState(.part(number)), to: Self.notifier) }
                try transaction.start(LedgerJob(kind: LedgerJob.resyncKind, key: "\(Self.notifier)"))
            }
            try await ledger.advance(.seconds(1))
            #expect(try ledger.log == [])
            ledger.update(relay)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 0) }
            let report = StreamApplied(
                stream: Self.streamToNotifier, epoch: 77, last: 1, handshake: StreamApplied.unasked)
            try await ledger.receive(report, relay)
            // The report may be in one transaction with what follows it.
            for _ in 1...2 { try await ledger.advance(.seconds(1)) }
            let log = try ledger.log
            #expect(log == ["notifier.p00 1", "notifier.p00 2"])
        }
    }

    @Test(arguments: [
        ("", ResyncProgress(sent: 0, last: 0)), ("3 9", .init(sent: 3, last: 9)), ("3 9 v 1", .init(sent: 3, last: 9)),
    ])
    func `an operator sees how much of the state has been sent`(cursor: String, expected: ResyncProgress) async throws {
        try await withLedger { ledger in
            func progress() throws -> ResyncProgress? {
                guard case .outgoing(_, _, _, _, let resync) = try ledger.file.streams().first?.direction else {
                    return nil
                }
                return resync
            }
            try await ledger.writer.perform { transaction in
                for number in 1...4 { transaction.emit(.applicationState(.part(number)), to: Self.notifier) }
            }
            #expect(try progress() == nil)
            // It waits, because the consumer has applied none of the parts.
            try await ledger.writer.perform { transaction in
                try transaction.start(
                    LedgerJob(kind: LedgerJob.resyncKind, key: "\(Self.notifier)", cursor: cursor))
            }
            #expect(try progress() == expected)
        }
    }

    @Test func `what is applied is reported within a second, without answering a head`() async throws {
        try await withLedger(in: TemporaryFolder("ledger"), address: Self.waitlist) { ledger in
            let stream = StreamName(producer: LedgerFixture.address, consumer: Self.waitlist)
            func receive(_ seq: Int64) async throws {
                ledger.writer.submit(try .streamed(seq, in: stream, "a", ledger.acks))
                try await ledger.runOnce()
            }
            try await receive(1)
            #expect(reports(of: ledger) == [1])
            try await receive(2)
            try await receive(3)
            #expect(reports(of: ledger) == [])
            try await ledger.advance(.seconds(1))
            #expect(reports(of: ledger) == [3])
            try await ledger.advance(.seconds(9))
            #expect(reports(of: ledger) == [])
            ledger.writer.submit(.consumerConnected(queued: 0))
            try await ledger.runOnce()
            #expect(
                reports(of: ledger) == [3], "the file may be an older copy, so each connection begins with a report")
        }
    }

    @Test func `what is applied is reported once the broker has what came of it`() async throws {
        try await withLedger(in: TemporaryFolder("ledger"), address: Self.waitlist) { ledger in
            let stream = StreamName(producer: LedgerFixture.address, consumer: Self.waitlist)
            func apply(_ seq: Int64) async throws {
                ledger.writer.submit(try .streamed(seq, in: stream, "a", ledger.acks))
                try await ledger.writer.perform { transaction in
                    let notification = UserNotification(
                        userID: .trusted("u"), message: "\(seq)", timestamp: .instant(transaction.now))
                    transaction.publish(
                        .notification(notification), exchange: Exchange.notifications, routingKey: "u")
                }
                try await ledger.advance(.seconds(1))
            }
            try await apply(1)
            #expect(reports(of: ledger) == [])
            let relay = try await ledger.openRelay()
            let first = relay.next(max: 9)
            try await apply(2)
            ledger.update(relay)
            let second = relay.next(max: 9)
            ledger.writer.submit(.confirmed(relay.settled(first.map { ($0.publishID, true) })))
            try await ledger.runOnce()
            #expect(reports(of: ledger) == [1], "the second notification is not confirmed")
            ledger.writer.submit(.confirmed(relay.settled(second.map { ($0.publishID, true) })))
            try await ledger.advance(.seconds(1))
            #expect(reports(of: ledger) == [2])
        }
    }

    /// What was reported without being asked since the last call.
    private func reports(of ledger: LedgerFixture) -> [Int64] {
        ledger.recorder.takeCommits().flatMap(\.controlMessages).compactMap { control in
            guard case .streamApplied(let applied) = control.message, applied.isReport else { return nil }
            return applied.last
        }
    }

    @Test func `a report is repeated when the producer asks, because it may have been lost`() async throws {
        try await withLedger(in: TemporaryFolder("ledger"), address: Self.waitlist) { ledger in
            let stream = StreamName(producer: LedgerFixture.address, consumer: Self.waitlist)
            ledger.writer.submit(try .streamed(1, in: stream, "a", ledger.acks))
            try await ledger.runOnce()
            #expect(reports(of: ledger) == [1])
            let head = StreamHead(stream: stream, epoch: 1, head: 1, handshake: "h")
            ledger.writer.submit(.streamHead(head, AckToken(target: ledger.acks, tag: 2)))
            try await ledger.advance(.seconds(1))
            #expect(reports(of: ledger) == [1])
        }
    }
}

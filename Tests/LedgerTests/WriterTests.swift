import Contracts
import Foundation
import GRDB
import Ledger
import Synchronization
import TestSupport
import Testing

@Suite struct WriterTests {
    @Test func `waiting inputs are committed together, and settled only then`() async throws {
        let committed = Mutex<[Int]>([])
        let folder = try TemporaryFolder("ledger")
        let acks = AckRecorder()
        let limit = LedgerWriter.batchLimit
        let count = limit + 44
        let hit: @Sendable (CrashPoint) -> Void = { point in
            if point == .committed { committed.withLock { $0.append(acks.settled.count) } }
            guard point == .decided else { return }
            let settled = acks.settled.count
            #expect(settled % limit == 0 || settled == count, "nothing is settled inside the transaction")
        }
        try await withLedger(
            in: folder, hit: hit,
            beforeRunning: { ledger in
                ledger.writer.submit(try (1...count).map { try .streamed(Int64($0), "v\($0)", of: "\($0)", acks) })
            },
            { ledger in
                try await ledger.runOnce()
                #expect(ledger.recorder.events.batches.prefix(2).reduce(0, +) >= count)
                #expect(ledger.recorder.events.batches.first == limit)
                let latencies = ledger.recorder.events.latencies
                #expect(
                    latencies.prefix(2).map(\.inputs).first == limit && latencies.allSatisfy { $0.duration > .zero })
                #expect(acks.settled == (1...UInt64(count)).map { $0 })
                #expect(committed.withLock { $0 } == [0, limit], "the file contains them before anyone is answered")
                #expect(try ledger.log.count == count)
                #expect(ledger.recorder.events.advancedStreams.last?.head == Int64(count))
            })
    }

    @Test func `a transaction is bounded in bytes, not only in inputs`() async throws {
        let acks = AckRecorder()
        func large(_ tag: UInt64, _ bytes: Int) -> LedgerInput {
            let delivery = StoredDelivery(
                queue: "application.p00", exchange: "", routingKey: "", body: [UInt8](repeating: 0, count: bytes))
            return .unreadable(delivery, reason: "a test", AckToken(target: acks, tag: tag))
        }
        let half = LedgerWriter.batchBytes / 2
        let inputs = [large(1, half), large(2, half), large(3, 3 * half), large(4, 1)]
        try await withLedger(
            in: TemporaryFolder("ledger"), beforeRunning: { $0.writer.submit(inputs) },
            { ledger in
                try await eventually("all are settled") { acks.settled.count == inputs.count }
                #expect(ledger.recorder.events.batches.prefix(3) == [2, 1, 1])
            })
    }

    @Test func `a delivery of a closed channel is not processed: it is redelivered`() async throws {
        try await withLedger { ledger in
            let closed = AckRecorder()
            closed.close()
            ledger.writer.submit(try .streamed(1, "a", closed))
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            try await ledger.runOnce()
            #expect(closed.settled.isEmpty)
            #expect(ledger.acks.settled == [1])
            #expect(try ledger.log == ["a"])
        }
    }

    @Test func `duplicates and messages behind a gap are dropped, a higher epoch starts over; all are settled`()
        async throws
    {
        try await withLedger { ledger in
            let messages: [(Int64, Int64, String)] = [
                (1, 1, "a"), (1, 1, "a"), (1, 3, "c"), (1, 2, "b"), (2, 2, "e"), (2, 1, "d"), (1, 3, "c"), (2, 2, "e"),
            ]
            ledger.writer.submit(try messages.map { try .streamed($0.1, epoch: $0.0, $0.2, ledger.acks) })
            try await ledger.runOnce()
            #expect(try ledger.log == ["a", "b", "d", "e"])
            #expect(ledger.acks.settled.count == messages.count)
            #expect(ledger.recorder.events.counts == [.applied: 4, .deduplicated: 2, .gaps: 2])
            let counters = try ledger.file.counters()
            #expect(counters["accepted"] == 6, "a message behind a gap is not accepted: it is sent again")
        }
    }

    @Test func `a resend is requested 5 s after a gap, one at a time`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .streamed(2, "b", ledger.acks))
            try await ledger.runOnce()
            try await ledger.advance(.milliseconds(4999))
            #expect(ledger.recorder.events.controlMessages.isEmpty)
            try await ledger.advance(.milliseconds(1))
            let resend = ControlMessage(
                message: .resend(Resend(stream: LedgerFixture.stream, epoch: 1, from: 1)),
                recipient: LedgerFixture.producer)
            #expect(ledger.recorder.events.controlMessages == [resend])
            try await ledger.advance(.milliseconds(9999))
            #expect(ledger.recorder.events.controlMessages == [resend])
            try await ledger.advance(.milliseconds(1))
            #expect(ledger.recorder.events.controlMessages == [resend, resend])
            ledger.writer.submit(try [.streamed(1, "a", ledger.acks), .streamed(2, "b", ledger.acks)])
            try await ledger.advance(.seconds(1000))
            #expect(ledger.recorder.events.controlMessages.count == 2)
            #expect(try ledger.log == ["a", "b"])
        }
    }

    @Test func `a stream_head is answered with what is applied, and reveals a lost last message`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            ledger.writer.submit(
                .streamHead(
                    StreamHead(stream: LedgerFixture.stream, epoch: 1, head: 2), AckToken(target: ledger.acks, tag: 9)))
            try await ledger.runOnce()
            let applied = StreamApplied(stream: LedgerFixture.stream, epoch: 1, last: 1)
            #expect(
                ledger.recorder.events.controlMessages == [
                    .init(message: .streamApplied(applied), recipient: LedgerFixture.producer)
                ])
            #expect(ledger.acks.settled == [1, 9])
            try await ledger.advance(.seconds(5))
            #expect(ledger.recorder.events.controlMessages.last?.message.action == .resend)
        }
    }

    @Test func `a foreign message is deduplicated by its id and body, for 7 days`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .foreign("a", id: "m1", tag: 1, ledger.acks))
            ledger.writer.submit(try .foreign("a", id: "m1", tag: 2, ledger.acks))
            ledger.writer.submit(try .foreign("b", id: "m1", tag: 3, ledger.acks))
            ledger.writer.submit(try .foreign("a", id: "m2", tag: 4, ledger.acks))
            ledger.writer.submit(try .foreign("a", tag: 5, ledger.acks))
            ledger.writer.submit(try .foreign("a", tag: 6, ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.log == ["a", "b", "a", "a", "a"])
            #expect(ledger.acks.settled == [1, 2, 3, 4, 5, 6])
            try await ledger.advance(.seconds(7 * 86_400))
            ledger.writer.submit(try .foreign("a", id: "m1", tag: 7, ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.log.count == 5)
            try await ledger.advance(.seconds(61))
            ledger.writer.submit(try .foreign("a", id: "m1", tag: 8, ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.log.count == 6, "after that it is new")
        }
    }

    @Test func `an empty message_id is none: equal messages are both applied`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .foreign("a", id: "", tag: 1, ledger.acks))
            ledger.writer.submit(try .foreign("a", id: "", tag: 2, ledger.acks))
            let unreadable = StoredDelivery(queue: "q", exchange: "", routingKey: "", messageID: "", body: [])
            for tag in 3...4 as ClosedRange<UInt64> {
                ledger.writer.submit(
                    .unreadable(unreadable, reason: "it is empty", AckToken(target: ledger.acks, tag: tag)))
            }
            try await ledger.runOnce()
            #expect(try ledger.log == ["a", "a"])
            #expect(ledger.recorder.events.counts == [.applied: 2, .parked: 2])
            #expect(ledger.acks.settled == [1, 2, 3, 4])
        }
    }

    @Test func `a refused command is recorded with its reason, and is not an error`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.refused = ["a"] }
            ledger.writer.submit(try .foreign("a", of: "12", id: "m1", ledger.acks))
            try await ledger.runOnce()
            let refused = try ledger.file.refused(after: 0, limit: 9)
            #expect(refused.map(\.reason) == ["the script says so"])
            #expect(refused.map(\.application) == ["12"] && refused.map(\.volunteer) == ["a"])
            #expect(try ledger.file.counters()["refused"] == 1)
            #expect(ledger.acks.settled == [1])
        }
    }

    @Test func `an unreadable message is parked in the transaction that settles it`() async throws {
        try await withLedger { ledger in
            let delivery = StoredDelivery(
                queue: "application.ingress", exchange: "x", routingKey: "k", messageID: "m", body: [0, 255])
            ledger.writer.submit(.unreadable(delivery, reason: "not JSON", AckToken(target: ledger.acks, tag: 4)))
            try await ledger.runOnce()
            let parked = try ledger.file.parked(after: 0, limit: 9)
            #expect(parked.map(\.reason) == ["not JSON"])
            let id = try #require(parked.first?.id)
            #expect(try ledger.file.parked(id)?.delivery == delivery)
            #expect(ledger.acks.settled == [4])
        }
    }

    @Test func `an unreadable message is parked once, however often it is delivered; without a message_id each time`()
        async throws
    {
        try await withLedger { ledger in
            func submit(_ id: String?, _ body: [UInt8], _ tag: UInt64) {
                let delivery = StoredDelivery(
                    queue: "application.ingress", exchange: "x", routingKey: "k", messageID: id, body: body)
                ledger.writer.submit(.unreadable(delivery, reason: "not JSON", AckToken(target: ledger.acks, tag: tag)))
            }
            submit("m", [0], 1)
            submit("m", [0], 2)
            submit("m", [1], 3)
            submit(nil, [0], 4)
            submit(nil, [0], 5)
            try await ledger.runOnce()
            #expect(try ledger.file.parked(after: 0, limit: 9).count == 4)
            let counters = try ledger.file.counters()
            #expect(counters["accepted"] == 5 && counters["parked"] == 4 && counters["deduplicated"] == 1)
            #expect(ledger.acks.settled == [1, 2, 3, 4, 5])
        }
    }

    @Test func `a call's error is returned to its caller alone, and leaves no trace`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            await #expect(throws: ScriptedHandler.Failure.self) {
                try await ledger.writer.perform { transaction in
                    try transaction.db.execute(sql: "INSERT INTO log (line) VALUES ('lost')")
                    throw ScriptedHandler.Failure(description: "no")
                }
            }
            #expect(try ledger.log == ["a"])
            #expect(ledger.acks.settled == [1])
        }
    }

    @Test func `a commit hook runs once after the commit, and not at all after a failure`() async throws {
        try await withLedger { ledger in
            let calls = Mutex<[String]>([])
            try await ledger.writer.perform { transaction in
                transaction.afterCommit { calls.withLock { $0.append("done") } }
            }
            await #expect(throws: ScriptedHandler.Failure.self) {
                try await ledger.writer.perform { transaction in
                    transaction.afterCommit { calls.withLock { $0.append("failed") } }
                    throw ScriptedHandler.Failure(description: "no")
                }
            }
            try await ledger.runOnce()
            #expect(calls.withLock { $0 } == ["done"])
        }
    }

    @Test func `after the stop no input is accepted, and the submitted ones are committed`() async throws {
        let folder = try TemporaryFolder("ledger")
        try await withLedger(in: folder) { ledger in
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            ledger.writer.stop()
            await #expect(throws: LedgerError.self) { try await ledger.writer.perform { _ in } }
        }
        let file = try LedgerFixture.open(folder)
        defer { file.close() }
        #expect(try file.counters()["applied"] == 1)
    }
}

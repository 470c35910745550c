import Contracts
import Foundation
import GRDB
import Ledger
import Logging
import TestSupport
import Testing

@Suite struct OutboxTests {
    @Test func `numbers and rows continue across restarts, and a message published again has the same id`() async throws
    {
        let folder = try TemporaryFolder("ledger")
        try await withLedger(in: folder) { ledger in
            ledger.writer.submit(try [.streamed(1, "a", ledger.acks), .streamed(2, "b", ledger.acks)])
            try await ledger.runOnce()
            let relay = try await ledger.openRelay()
            let messages = relay.next(max: 9)
            #expect(messages.map(\.seq) == [1, 2])
            #expect(messages.map(\.messageID) == [1, 2].map { "application.p00>application.p01/77/\($0)" })
            #expect(messages.first?.routingKey == "volunteer_response.application.p01")
            #expect(messages.first?.exchange == Exchange.waiting)
            #expect(messages.first?.createdAt == ledger.clock.now)
            let cursors = relay.settled([(messages[0].publishID, true)])
            ledger.writer.submit(.confirmed(cursors))
            try await ledger.runOnce()
        }
        try await withLedger(in: folder) { ledger in
            ledger.writer.submit(try .streamed(3, "c", ledger.acks))
            try await ledger.runOnce()
            let relay = try await ledger.openRelay()
            #expect(relay.depth == 2)
            #expect(relay.next(max: 9).map(\.messageID) == [2, 3].map { "application.p00>application.p01/77/\($0)" })
            relay.channelOpened()
            let head = try #require(relay.nextHeads(max: 9).first?.head)
            #expect(head.stream == LedgerFixture.outgoing && head.epoch == 77 && head.head == 1, "the confirmed head")
        }
    }

    @Test func `the relay reads in order and no more than requested`() async throws {
        try await withLedger { ledger in
            let relay = try await ledger.openRelay()
            #expect(relay.next(max: 9).isEmpty)
            ledger.writer.submit(try (1...10).map { try .streamed($0, "v\($0)", ledger.acks) })
            try await ledger.runOnce()
            ledger.update(relay)
            #expect(relay.next(max: 9).isEmpty, "the consumer of a new stream is asked first")
            try await ledger.answerHeads(of: relay)
            let batches = [relay.next(max: 4), relay.next(max: 4), relay.next(max: 4)]
            #expect(batches.map { $0.map(\.seq) } == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]])
            #expect(relay.next(max: 4).isEmpty)
            #expect(relay.settled(batches.joined().map { ($0.publishID, false) }).isEmpty)
            #expect(relay.next(max: 99).isEmpty, "the stream backs off after a nack")
            ledger.clock.advance(.milliseconds(100))
            #expect(relay.next(max: 99).map(\.seq) == [1], "one message shows whether it still fails")
            relay.channelOpened()
            #expect(relay.next(max: 99).isEmpty, "on a new channel the consumer is asked again")
            try await ledger.answerHeads(of: relay)
            #expect(
                relay.next(max: 99).map(\.seq) == Array(1...10), "a new channel begins at the first unconfirmed message"
            )
        }
    }

    @Test func `a resend begins at the requested number, and for a deleted one the consumer is asked`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try (1...3).map { try .streamed($0, "v\($0)", ledger.acks) })
            try await ledger.runOnce()
            let relay = try await ledger.openRelay()
            let stream = LedgerFixture.outgoing
            let messages = relay.next(max: 9)
            _ = relay.settled(messages.map { ($0.publishID, true) })
            #expect(relay.next(max: 9).isEmpty)
            relay.resend(Resend(stream: stream, epoch: 77, from: 2))
            #expect(relay.next(max: 9).map(\.seq) == [2, 3])
            // Another epoch: stream_head brings both sides together.
            for epoch in [Int64(76), 78] { relay.resend(Resend(stream: stream, epoch: epoch, from: 1)) }
            #expect(relay.nextHeads(max: 9).isEmpty)
            relay.resend(Resend(stream: stream, epoch: 77, from: 9))
            #expect(relay.nextHeads(max: 9).map(\.head.stream) == [stream])
        }
    }

    @Test func `only messages that are applied and older than the retention are deleted`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try (1...3).map { try .streamed($0, "v\($0)", ledger.acks) })
            try await ledger.runOnce()
            let stream = LedgerFixture.outgoing
            let relay = try await ledger.openRelay()
            ledger.writer.submit(.confirmed(relay.settled(relay.next(max: 9).map { ($0.publishID, true) })))
            try await ledger.receive(StreamApplied(stream: stream, epoch: 77, last: 2), relay)
            try await ledger.advance(.seconds(3600))
            #expect(try ledger.count("outbox") == 3, "not yet old enough")
            try await ledger.advance(.seconds(61))
            #expect(try ledger.count("outbox") == 1, "3 is not applied")
            relay.resend(Resend(stream: stream, epoch: 77, from: 3))
            #expect(relay.next(max: 9).map(\.seq) == [3])
        }
    }

    @Test func `messages to the outside have a stream of their own, and are deleted once confirmed`() async throws {
        let folder = try TemporaryFolder("ledger")
        try await withLedger(in: folder) { ledger in
            try await ledger.writer.perform { transaction in
                for number in 1...3 {
                    let notification = UserNotification(
                        userID: .trusted("u"), message: "\(number)", timestamp: .instant(transaction.now))
                    transaction.publish(
                        .notification(notification), exchange: Exchange.notifications, routingKey: "u")
                }
            }
            let relay = try await ledger.openRelay()
            let messages = relay.next(max: 2)
            let prefix = "application.p00>notifications/\(ledger.clock.now.milliseconds)"
            #expect(messages.map(\.messageID) == [1, 2].map { "\(prefix)/\($0)" })
            #expect(messages.map(\.routingKey) == ["u", "u"])
            #expect(messages.allSatisfy { $0.exchange == Exchange.notifications && !$0.isStreamed })
            #expect(relay.nextHeads(max: 9).isEmpty, "external consumers do not count")
            ledger.writer.submit(.confirmed(relay.settled(messages.map { ($0.publishID, true) })))
            try await ledger.runOnce()
        }
        try await withLedger(in: folder) { ledger in
            let relay = try await ledger.openRelay()
            #expect(relay.next(max: 9).map(\.seq) == [3])
            try await ledger.advance(.seconds(61))
            #expect(try ledger.count("outbox") == 1, "the first two cannot be requested again")
        }
    }

    @Test func `counters are durable`() async throws {
        let folder = try TemporaryFolder("ledger")
        for round in 1...2 as ClosedRange<Int64> {
            try await withLedger(in: folder) { ledger in
                ledger.writer.submit(try .streamed(round, "v\(round)", ledger.acks))
                try await ledger.runOnce()
                #expect(try ledger.file.counters() == ["accepted": round, "applied": round])
            }
        }
    }

    @Test func `a message continues the trace of its cause`() async throws {
        try await withLedger { ledger in
            for trace in [nil, "garbage", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] {
                var delivery = StoredDelivery.response("a")
                delivery.traceparent = trace
                ledger.writer.submit(
                    .message(try .foreign(delivery, for: .application), AckToken(target: ledger.acks, tag: 1)))
            }
            try await ledger.runOnce()
            let begun = "00-000000000000000a000000000000000b-000000000000000a-01"
            #expect(
                try await ledger.openRelay().next(max: 9).map(\.traceparent)
                    == [begun, begun, "00-0af7651916cd43dd8448eb211c80319c-000000000000000a-01"])
        }
    }

    @Test func `a call's messages continue the caller's trace`() async throws {
        try await withLedger { ledger in
            let message = Message.response(
                VolunteerResponse(volunteerID: .trusted("a"), applicationID: .trusted("7"), status: .accepted))
            for caller in [nil, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] {
                try await ledger.writer.perform(traceparent: caller) { transaction in
                    transaction.emit(message, to: ScriptedHandler.consumer)
                }
            }
            let begun = "00-000000000000000a000000000000000b-000000000000000a-01"
            #expect(
                try await ledger.openRelay().next(max: 9).map(\.traceparent)
                    == [begun, "00-0af7651916cd43dd8448eb211c80319c-000000000000000a-01"])
        }
    }

    /// Otherwise each reconnect would add what the broker delivers again to the memory.
    @Test func `while the file cannot be written, deliveries of a closed channel are dropped`() async throws {
        try await withLedger { ledger in
            try await ledger.file.pool.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
            let large = StoredDelivery(
                queue: "q", exchange: "x", routingKey: "k", body: Array(repeating: 65, count: 1 << 20))
            weak var channel: AckRecorder?
            do {
                let closing = AckRecorder()
                channel = closing
                ledger.writer.submit(.unreadable(large, reason: "in a batch", AckToken(target: closing, tag: 1)))
                try await eventually("the partition pauses") { ledger.recorder.events.writable == [false] }
                ledger.writer.submit(.unreadable(large, reason: "behind it", AckToken(target: closing, tag: 2)))
                closing.close()
            }
            try await eventually("nothing refers to the channel") { channel == nil }
            try await ledger.file.pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA max_page_count = 1000000")
            }
            try await eventually("the partition goes on") { ledger.recorder.events.writable == [false, true] }
            #expect(try ledger.count("parked") == 0)
        }
    }

    @Test func `a full disk: nothing is acked, counted or parked, and everything succeeds once there is space`()
        async throws
    {
        try await withLedger { ledger in
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            try await ledger.runOnce()
            try await ledger.file.pool.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
            let raw = StoredDelivery(
                queue: "q", exchange: "x", routingKey: "k", body: Array(repeating: 65, count: 1 << 20))
            ledger.writer.submit(.unreadable(raw, reason: "too large", AckToken(target: ledger.acks, tag: 2)))
            ledger.writer.submit(try .streamed(2, "b", ledger.acks))
            try await eventually("the partition pauses") { ledger.recorder.events.writable == [false] }
            await #expect(throws: LedgerError.self, "callers get an error at once") { try await ledger.runOnce() }
            #expect(ledger.acks.settled == [1])
            #expect(try ledger.file.counters() == ["accepted": 1, "applied": 1])
            try await ledger.file.pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA max_page_count = 1000000")
            }
            try await eventually("the rest is settled") { ledger.acks.settled == [1, 2, 2] }
            #expect(ledger.recorder.events.writable == [false, true])
            #expect(try ledger.log == ["a", "b"])
            #expect(try ledger.count("parked") == 1 && ledger.count("blocked") == 0)
        }
    }
}

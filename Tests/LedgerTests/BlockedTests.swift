import Contracts
import Logging
import TestSupport
import Testing

@testable import Ledger

/// Contract section 7: which messages a failing handler blocks.
@Suite struct BlockedTests {
    @Test func `a failing message is rolled back alone: others commit, it sends nothing, and its stream goes on`()
        async throws
    {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["b"] }
            ledger.writer.submit([
                try .streamed(1, "a", of: "1", ledger.acks), try .streamed(2, "b", of: "2", ledger.acks),
                try .streamed(3, "c", of: "3", ledger.acks),
            ])
            try await ledger.runOnce()
            #expect(try ledger.log == ["a", "c"])
            #expect(ledger.acks.settled == [1, 2, 3])
            let relay = try await ledger.openRelay()
            #expect(relay.next(max: 9).map(\.seq) == [1, 2], "the sent numbers have no gap")
            #expect(try ledger.file.blocked(after: 0, limit: 9).map(\.reason) == ["b fails"])
            let incoming = try #require(try ledger.file.streams().last?.direction.incoming)
            #expect(incoming.last == 3)
        }
    }

    @Test func `later messages with its key wait in order, other keys go on, and all are applied in order`()
        async throws
    {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["b"] }
            for (seq, name, key) in [(1, "b", "2"), (2, "c", "2"), (3, "d", "3"), (4, "e", "2")]
                as [(Int64, String, String)]
            {
                ledger.writer.submit(try .streamed(seq, name, of: key, ledger.acks))
                try await ledger.runOnce()
            }
            #expect(try ledger.log == ["d"])
            #expect(
                try ledger.file.blocked(after: 0, limit: 9).map(\.due) == [
                    ledger.clock.now.advanced(by: .seconds(1)), nil, nil,
                ])
            try await ledger.advance(.milliseconds(999))
            ledger.handler.change { $0.failing = [] }
            try await ledger.runOnce()
            #expect(try ledger.log == ["d"], "not before it is due")
            try await ledger.advance(.milliseconds(1))
            ledger.writer.submit(try .streamed(5, "f", of: "2", ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.log == ["d", "b", "c", "e", "f"])
            #expect(try ledger.count("blocked") == 0)
        }
    }

    @Test func `a streamed message is retried with backoff up to 5 min, and never skipped`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["b"] }
            ledger.writer.submit(try .streamed(1, "b", ledger.acks))
            try await ledger.runOnce()
            var pauses: [Int64] = []
            for _ in 0..<12 {
                let due = try #require(try ledger.file.blocked(after: 0, limit: 1).first?.due)
                pauses.append((due.milliseconds - ledger.clock.now.milliseconds) / 1000)
                try await ledger.advance(due - ledger.clock.now)
            }
            #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
            #expect(try ledger.count("parked") == 0)
        }
    }

    @Test func `blocked messages stay blocked after a restart, and are then applied in order`() async throws {
        let folder = try TemporaryFolder("ledger")
        let clock = TestClock(Timestamp.testStart)
        try await withLedger(in: folder, clock: clock) { ledger in
            ledger.handler.change { $0.failing = ["b"] }
            ledger.writer.submit(try [.streamed(1, "b", ledger.acks), .streamed(2, "c", ledger.acks)])
            try await ledger.runOnce()
        }
        try await withLedger(in: folder, clock: clock) { ledger in
            ledger.writer.submit(try .streamed(3, "d", ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.log.isEmpty)
            try await ledger.advance(.seconds(1))
            #expect(try ledger.log == ["b", "c", "d"])
        }
    }

    @Test func `the handler learns of a discarded message, and the next ones with its key go on`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["b"] }
            ledger.writer.submit(try [.streamed(1, "b", ledger.acks), .streamed(2, "c", ledger.acks)])
            try await ledger.runOnce()
            let blocked = try ledger.file.blocked(after: 0, limit: 9).map(\.id)
            #expect(try await ledger.writer.perform { try $0.retryBlocked(blocked[1]) } != .done, "blocked by another")
            #expect(try await ledger.writer.perform { try $0.discardBlocked(999) } == .unknown)
            #expect(try await ledger.writer.perform { try $0.discardBlocked(blocked[0]) } == .done)
            try await ledger.runOnce()
            #expect(try ledger.log == ["discarded b", "c"])
            #expect(try ledger.file.counters()["discarded"] == 1)
        }
    }

    @Test func `a part of the state cannot be discarded`() async throws {
        try await withLedger { ledger in
            var delivery = StoredDelivery(
                queue: "application.p00", exchange: "", routingKey: "", messageID: nil,
                body: Message.applicationState(.part(7)).encoded())
            let position = StreamPosition(stream: LedgerFixture.stream, epoch: 1, seq: 1)
            delivery.position = position
            let inbound = try InboundMessage.streamed(delivery, at: position, digest: nil)
            try await ledger.writer.perform { transaction in
                try transaction.block(inbound.delivery, key: inbound.key, reason: "x", due: nil)
            }
            let blocked = try #require(try ledger.file.blocked(after: 0, limit: 9).first?.id)
            let result = try await ledger.writer.perform { try $0.discardBlocked(blocked) }
            var isImpossible = false
            if case .impossible = result { isImpossible = true }
            #expect(isImpossible)
            #expect(try ledger.file.blocked(after: 0, limit: 9).count == 1)
        }
    }

    @Test func `an operator's retry does not wait for the backoff`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["b"] }
            ledger.writer.submit(try .streamed(1, "b", ledger.acks))
            try await ledger.runOnce()
            ledger.handler.change { $0.failing = [] }
            let id = try #require(try ledger.file.blocked(after: 0, limit: 1).first?.id)
            #expect(try await ledger.writer.perform { try $0.retryBlocked(id) } == .done)
            try await ledger.runOnce()
            #expect(try ledger.log == ["b"])
        }
    }

    @Test func `a foreign message blocks no other, and is parked after MAX_ATTEMPTS`() async throws {
        try await withLedger { ledger in
            ledger.handler.change { $0.failing = ["a"] }
            ledger.writer.submit(
                try [.foreign("a", id: "m1", tag: 1, ledger.acks), .foreign("b", tag: 2, ledger.acks)])
            try await ledger.runOnce()
            #expect(try ledger.log == ["b"], "it has the same application")
            #expect(ledger.acks.settled == [1, 2])
            try await ledger.advance(.seconds(1))
            #expect(try ledger.file.blocked(after: 0, limit: 9).map(\.attempts) == [2])
            try await ledger.advance(.seconds(2))
            #expect(try ledger.count("blocked") == 0)
            #expect(try ledger.file.parked(after: 0, limit: 9).map(\.reason) == ["failed 3 times: a fails"])

            ledger.handler.change { $0.failing = [] }
            let id = try #require(try ledger.file.parked(after: 0, limit: 1).first?.id)
            #expect(try await ledger.writer.perform { try $0.retryParked(id, partitions: 1) } == .done)
            try await ledger.runOnce()
            #expect(try ledger.log == ["b", "a"])
            #expect(try ledger.count("parked") == 0)
        }
    }

    @Test func `an unreadable streamed message is blocked alone, and its stream goes on`() async throws {
        try await withLedger { ledger in
            var delivery = StoredDelivery(queue: "application.p00", exchange: "", routingKey: "", body: [1])
            delivery.position = StreamPosition(stream: LedgerFixture.stream, epoch: 1, seq: 1)
            ledger.writer.submit(.unreadable(delivery, reason: "not JSON", AckToken(target: ledger.acks, tag: 1)))
            ledger.writer.submit(try .streamed(2, "b", ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.log == ["b"])
            #expect(try ledger.count("blocked") == 1 && ledger.count("parked") == 0)
        }
    }
}

extension StreamProgress.Direction {
    fileprivate var incoming: (last: Int64, head: Int64)? {
        if case .incoming(let last, let head, _) = self { (last, head) } else { nil }
    }
}

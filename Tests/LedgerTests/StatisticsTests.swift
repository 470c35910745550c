import Contracts
import GRDB
import Ledger
import TestSupport
import Testing

@Suite struct StatisticsTests {
    @Test func `rows are counted as they come and go`() async throws {
        try await withLedger { ledger in
            func statistics() throws -> [Int] {
                let found = try ledger.file.statistics(at: ledger.clock.now)
                return [found.parked, found.blocked, found.refused, found.jobs]
            }
            #expect(try statistics() == [0, 0, 0, 0])
            ledger.handler.change {
                $0.refused = ["r1", "r2"]
                $0.failing = ["f"]
            }
            for (tag, name) in ["r1", "r2", "f"].enumerated() {
                ledger.writer.submit(try .foreign(name, tag: UInt64(tag) + 1, ledger.acks))
            }
            for tag in [4, 5] as [UInt64] {
                ledger.writer.submit(
                    .unreadable(.response("u"), reason: "a test", AckToken(target: ledger.acks, tag: tag)))
            }
            try await ledger.writer.perform { try $0.start(LedgerJob(kind: "k", key: "j", cursor: "", detail: "")) }
            try await ledger.runOnce()
            #expect(try statistics() == [2, 1, 2, try ledger.count("work")])
            let parked = try #require(try ledger.file.parked(after: 0, limit: 1).first)
            let blocked = try #require(try ledger.file.blocked(after: 0, limit: 1).first)
            try await ledger.writer.perform { transaction in
                _ = try transaction.discardParked(parked.id)
                _ = try transaction.discardBlocked(blocked.id)
                try transaction.cancelJobs(kind: "k", key: "j")
            }
            #expect(try statistics() == [1, 0, 2, 0])
            // Past the retention of refused commands.
            try await ledger.advance(.seconds(40 * 86_400))
            #expect(try statistics() == [1, 0, 0, 0])
        }
    }

    @Test func `the outbox is as old as the oldest unconfirmed message of any stream`() async throws {
        try await withLedger { ledger in
            func age() throws -> Double {
                let now = ledger.clock.now
                return try ledger.file.statistics(at: now).outboxAge(at: now)
            }
            #expect(try age() == 0)
            for seq in [1, 2] as [Int64] {
                ledger.writer.submit(try .streamed(seq, "v\(seq)", ledger.acks))
                try await ledger.runOnce()
                try await ledger.advance(.seconds(10))
            }
            #expect(try age() == 20)
            let stream = try #require(ledger.recorder.events.advancedStreams.first?.id)
            ledger.writer.submit(.confirmed([stream: StreamCursor(epoch: 77, confirmed: 1)]))
            try await ledger.runOnce()
            #expect(try age() == 10)
            ledger.writer.submit(.confirmed([stream: StreamCursor(epoch: 77, confirmed: 2)]))
            try await ledger.runOnce()
            #expect(try age() == 0)
        }
    }
}

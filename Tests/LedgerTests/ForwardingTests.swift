import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

/// Commands for partitions of other processes: the partition that decides a command remembers it, so that duplicates
/// stay known when partitions change their process (contract section 4).
@Suite struct ForwardingTests {
    @Test func `a command for another process is forwarded with its digest each time, and not remembered`() async throws
    {
        try await withLedger { ledger in
            let owner = Address(service: .application, partition: Partition(number: 1))
            for (tag, id) in zip([UInt64(1), 2, 3], ["m", "m", nil]) {
                let inbound = try InboundMessage.foreign(.response("a", id: id), for: .application)
                ledger.writer.submit(.forward(inbound, to: owner, AckToken(target: ledger.acks, tag: tag)))
            }
            try await ledger.runOnce()
            let streams = try ledger.file.streams().map(\.name)
            #expect(streams == ["application.p00>application.p01"])
            let relay = try await ledger.openRelay()
            let digest = try #require(try InboundMessage.foreign(.response("a", id: "m"), for: .application).digest)
            #expect(relay.next(max: 9).map(\.digest) == [digest, digest, nil])
            #expect(try ledger.count("seen") == 0)
            #expect(ledger.acks.settled == [1, 2, 3])
            #expect(try ledger.file.counters()["forwarded"] == 3)
        }
    }

    @Test func `what an earlier version has forwarded without a digest is not forwarded again`() async throws {
        try await withLedger { ledger in
            let inbound = try InboundMessage.foreign(.response("a", id: "m"), for: .application)
            let digest = try #require(inbound.digest)
            try await ledger.writer.perform { transaction in
                try transaction.db.execute(
                    sql: "INSERT INTO seen (digest, at) VALUES (?, ?)",
                    arguments: [Data(digest), transaction.servedNow.milliseconds])
            }
            let owner = Address(service: .application, partition: Partition(number: 1))
            ledger.writer.submit(.forward(inbound, to: owner, AckToken(target: ledger.acks, tag: 1)))
            try await ledger.runOnce()
            #expect(try ledger.count("outbox") == 0)
            #expect(ledger.acks.settled == [1])
            #expect(try ledger.file.counters()["deduplicated"] == 1)
        }
    }

    @Test func `a forwarded command is applied once, also if it comes directly, or waits behind a blocked one`()
        async throws
    {
        try await withLedger { ledger in
            func forwarded(_ seq: Int64, _ volunteer: String, id: String) throws -> LedgerInput {
                let digest = try InboundMessage.foreign(.response(volunteer, id: id), for: .application).digest
                return try .streamed(seq, volunteer, digest: digest, ledger.acks)
            }
            ledger.handler.change { $0.failing = ["b"] }
            ledger.writer.submit(try forwarded(1, "a", id: "m1"))
            ledger.writer.submit(try forwarded(2, "a", id: "m1"))
            ledger.writer.submit(try .foreign("a", id: "m1", tag: 10, ledger.acks))
            ledger.writer.submit(try .foreign("c", id: "m2", tag: 11, ledger.acks))
            ledger.writer.submit(try forwarded(3, "c", id: "m2"))
            for seq in [Int64(4), 5] { ledger.writer.submit(try forwarded(seq, "b", id: "m3")) }
            for seq in [Int64(6), 7] { ledger.writer.submit(try forwarded(seq, "d", id: "m4")) }
            try await ledger.runOnce()
            #expect(try ledger.log == ["a", "c"])
            #expect(try ledger.count("blocked") == 2)
            ledger.handler.change { $0.failing = [] }
            try await ledger.advance(.seconds(1))
            #expect(try ledger.log == ["a", "c", "b", "d"])
            #expect(ledger.acks.settled == [1, 2, 10, 11, 3, 4, 5, 6, 7])
            #expect(ledger.recorder.events.counts[.deduplicated] == 5)
        }
    }
}

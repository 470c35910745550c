import Contracts
import Ledger
import TestSupport
import Testing

/// Services with unequal numbers of partitions refuse each other (contract section 4). The fixture's file has one.
@Suite struct UnequalPartitionsTests {
    private func head(_ partitions: Int?, epoch: Int64 = 1, _ ledger: LedgerFixture) -> LedgerInput {
        .streamHead(
            StreamHead(stream: LedgerFixture.stream, epoch: epoch, head: 0, partitions: partitions),
            AckToken(target: ledger.acks, tag: 9))
    }

    private static let question = ControlMessage(
        message: .streamHead(
            StreamHead(
                stream: StreamName(producer: LedgerFixture.address, consumer: LedgerFixture.producer), epoch: 0,
                head: 0, partitions: 1)),
        recipient: LedgerFixture.producer)

    private func sent(_ ledger: LedgerFixture) -> [ControlMessage] { ledger.recorder.events.controlMessages }

    @Test(arguments: [1, nil]) func `an equal number is accepted, and so is none, from an earlier version`(
        partitions: Int?
    ) async throws {
        try await withLedger { ledger in
            ledger.writer.submit(head(partitions, ledger))
            try await ledger.runOnce()
            #expect(sent(ledger).map(\.message.action) == [.streamApplied])
            #expect(try ledger.count("stream_in") == 1)
        }
    }

    @Test func `another number begins an inquiry, and nothing of the stream is recorded`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit([head(8, ledger), head(8, ledger)])
            try await ledger.runOnce()
            #expect(sent(ledger) == [Self.question])
            #expect(ledger.acks.settled == [9, 9])
            #expect(try ledger.count("stream_in") == 0)
        }
    }

    @Test func `a producer that answers with the same number again ends the process, after it was told`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(.consumerConnected(queued: 0))
            ledger.writer.submit(head(8, ledger))
            try await ledger.runOnce()
            try await ledger.advance(.seconds(1))
            #expect(sent(ledger) == [Self.question, Self.question])
            ledger.writer.submit(head(8, ledger))
            try await ledger.runOnce()
            #expect(sent(ledger) == [Self.question, Self.question, Self.question])
            #expect(ledger.writer.failure == nil)
            ledger.clock.advance(.seconds(1))
            await #expect(throws: LedgerError.self) { try await ledger.runOnce() }
            try await eventually("the writer has ended") { ledger.writer.failure != nil }
            #expect(ledger.writer.failure?.code == .unequalPartitions)
            let text = ledger.writer.failure?.description ?? ""
            #expect(text.contains("waitlist.p00 runs with PARTITIONS=8, and PARTITIONS is 1 here"), "\(text)")
        }
    }

    @Test func `outdated heads that waited in the queue do not end the process`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit([head(8, ledger), head(8, ledger), head(1, ledger)])
            try await ledger.runOnce()
            for _ in 0..<10 { try await ledger.advance(.seconds(1)) }
            #expect(sent(ledger).map(\.message.action) == [.streamHead, .streamApplied])
            ledger.writer.submit(head(8, ledger))
            try await ledger.runOnce()
            #expect(sent(ledger).last == Self.question)
        }
    }

    @Test func `outdated heads in a long queue do not end the process, however long it takes`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(.consumerConnected(queued: 100))
            for _ in 0..<10 {
                ledger.writer.submit(head(8, ledger))
                try await ledger.advance(.milliseconds(900))
            }
            ledger.writer.submit(head(1, ledger))
            try await ledger.advance(.seconds(1))
            #expect(ledger.writer.failure == nil)
            #expect(sent(ledger).last?.message.action == .streamApplied)
        }
    }

    @Test func `a producer that does not answer is asked five times`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(head(8, ledger))
            try await ledger.runOnce()
            for _ in 0..<20 { try await ledger.advance(.seconds(1)) }
            #expect(sent(ledger) == Array(repeating: Self.question, count: 5))
        }
    }

    @Test func `an answer that only reports an equal number changes nothing`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(head(1, epoch: 0, ledger))
            try await ledger.runOnce()
            #expect(sent(ledger) == [])
            #expect(try ledger.count("stream_in") == 0)
        }
    }

    @Test func `every head reports the number`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            try await ledger.runOnce()
            let relay = try ledger.relay()
            #expect(relay.nextHeads(max: 9).map(\.head.partitions) == [1])
        }
    }
}

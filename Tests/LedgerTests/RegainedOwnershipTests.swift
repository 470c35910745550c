import Contracts
import GRDB
import Ledger
import TestSupport
import Testing

/// A process may lose the ownership of its partition and become the owner again. Another one, with a copy of the file,
/// may have published the same numbers meanwhile (contract sections 3 and 4).
@Suite struct RegainedOwnershipTests {
    private func emit(_ count: Int, _ ledger: LedgerFixture, _ relay: OutboxRelay) async throws {
        try await ledger.writer.perform { transaction in
            for number in 1...count {
                let response = VolunteerResponse(
                    volunteerID: .trusted("v\(number)"), applicationID: .trusted("7"), status: .accepted)
                transaction.emit(.response(response), to: ScriptedHandler.consumer)
            }
        }
        ledger.update(relay)
    }

    /// The connection of the consumer, which owns the partition, is lost.
    private func disconnect(_ ledger: LedgerFixture, _ relay: OutboxRelay) async throws {
        ledger.writer.submit(.consumerDisconnected(published: relay.suspend()))
        try await ledger.runOnce()
    }

    private func epoch(_ ledger: LedgerFixture) throws -> Int64? { try ledger.file.streams().first?.epoch }

    /// Four messages were published; three more are committed while another process may be the owner.
    private func withLostOwnership(_ body: (LedgerFixture, OutboxRelay) async throws -> Void) async throws {
        try await withLedger { ledger in
            let relay = try ledger.relay()
            try await emit(4, ledger, relay)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 0) }
            #expect(relay.next(max: 99).map(\.seq) == [1, 2, 3, 4])
            try await disconnect(ledger, relay)
            try await emit(3, ledger, relay)
            #expect(relay.next(max: 99).isEmpty)
            try await body(ledger, relay)
        }
    }

    @Test func `nothing is published before the consumer has answered again`() async throws {
        try await withLostOwnership { ledger, relay in
            relay.resume()
            #expect(relay.next(max: 99).isEmpty)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 4) }
            #expect(relay.next(max: 99).map(\.seq) == [5, 6, 7])
            #expect(try epoch(ledger) == 77)
        }
    }

    @Test(arguments: [Int64(5), 7, 9])
    func `a consumer that knows more than was published knows another process`(last: Int64) async throws {
        try await withLostOwnership { ledger, relay in
            relay.resume()
            try await ledger.answerHeads(of: relay) { $0.answer(last: last) }
            #expect(try #require(try epoch(ledger)) > 77)
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 99).map(\.seq) == [1, 2, 3], "what was committed meanwhile")
        }
    }

    @Test func `an answer from before the ownership was regained does not count`() async throws {
        try await withLostOwnership { ledger, relay in
            let heads = relay.nextHeads(max: 9)
            relay.resume()
            for head in heads { try await ledger.receive(head.head.answer(last: 4), relay) }
            #expect(relay.next(max: 99).isEmpty)
        }
    }

    @Test func `a report of more than was published has the consumer asked`() async throws {
        try await withLedger { ledger in
            let relay = try ledger.relay()
            try await emit(2, ledger, relay)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 0) }
            let report = StreamApplied(
                stream: LedgerFixture.outgoing, epoch: 77, last: 3, handshake: StreamApplied.unasked)
            try await ledger.receive(report, relay)
            #expect(relay.next(max: 99).isEmpty)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 3) }
            #expect(try #require(try epoch(ledger)) > 77)
        }
    }
}

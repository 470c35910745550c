import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

/// What becomes of the stored messages when a stream begins a new epoch (contract section 4).
@Suite struct RenewalTests {
    private static let notifier = Address(service: .notifier, partition: Partition(number: 0))

    /// The rows of the outbox, with the bodies of the ends of a state.
    private func rows(_ ledger: LedgerFixture) throws -> [String] {
        try ledger.file.pool.read { db in
            try Row.fetchAll(db, sql: "SELECT seq, action, body FROM outbox ORDER BY seq").map { row in
                let action: String = row[1]
                guard action == Action.stateComplete.rawValue else { return "\(row[0] as Int64)" }
                let body = try Message(parsing: Array(row[2] as Data))
                guard case .stateComplete(let complete) = body else { return "?" }
                return "\(row[0] as Int64) \(complete.isSuperseded ? "superseded" : "complete")"
            }
        }
    }

    /// A stream with five messages, of which the second and the fifth end a state; the consumer has applied three.
    private func withStream(_ body: (LedgerFixture, OutboxRelay) async throws -> Void) async throws {
        let handler = ScriptedHandler()
        handler.change { $0.failing = ["\(Self.notifier) 1"] }
        try await withLedger(in: TemporaryFolder("ledger"), handler: handler) { ledger in
            try await ledger.writer.perform { transaction in
                for number in 1...5 {
                    let response = VolunteerResponse(
                        volunteerID: .trusted("v\(number)"), applicationID: .trusted("7"), status: .declined)
                    let isEnd = number == 2 || number == 5
                    transaction.emit(isEnd ? .stateComplete(StateComplete()) : .response(response), to: Self.notifier)
                }
            }
            let relay = try ledger.relay()
            try await ledger.answerHeads(of: relay) { $0.answer(last: 0) }
            ledger.writer.submit(.confirmed(relay.settled(relay.next(max: 99).map { ($0.publishID, true) })))
            let name = StreamName(producer: LedgerFixture.address, consumer: Self.notifier)
            try await ledger.receive(
                StreamApplied(stream: name, epoch: 77, last: 3, handshake: StreamApplied.unasked), relay)
            relay.channelOpened()
            try await body(ledger, relay)
        }
    }

    @Test func `the end of an earlier state does not end the new one, and rows are not rewritten`() async throws {
        try await withStream { ledger, relay in
            try await ledger.answerHeads(of: relay) { $0.answer(last: 1) }
            #expect(try rows(ledger) == ["1", "2 complete", "3", "4", "5 superseded"])
            try await ledger.answerHeads(of: relay)
            let messages = relay.next(max: 99)
            #expect(messages.map(\.seq) == [1, 2])
            #expect(messages.last.map(\.action) == Action.stateComplete.rawValue)
            relay.resend(
                Resend(
                    stream: StreamName(producer: LedgerFixture.address, consumer: Self.notifier),
                    epoch: try #require(messages.first?.epoch), from: 2))
            #expect(relay.next(max: 99).map(\.seq) == [1, 2], "the first is not confirmed either")
        }
    }

    @Test func `messages of earlier epochs are deleted, however young they are`() async throws {
        try await withStream { ledger, relay in
            try await ledger.answerHeads(of: relay) { $0.answer(last: 1) }
            try await ledger.advance(.seconds(61))
            #expect(try rows(ledger) == ["4", "5 superseded"])
        }
    }

    @Test func `a second renewal counts on from the first`() async throws {
        try await withStream { ledger, relay in
            try await ledger.answerHeads(of: relay) { $0.answer(last: 1) }
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 99).map(\.seq) == [1, 2])
            relay.channelOpened()
            try await ledger.answerHeads(of: relay) { $0.answer(last: 900) }
            try await ledger.writer.perform { transaction in
                transaction.emit(.stateComplete(StateComplete()), to: Self.notifier)
            }
            ledger.update(relay)
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 99).map(\.seq) == [1])
            #expect(try rows(ledger).last == "6 complete")
        }
    }
}

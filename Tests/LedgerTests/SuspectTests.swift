import Contracts
import GRDB
import Ledger
import TestSupport
import Testing

/// Messages that were delivered often without being settled (contract section 7).
@Suite struct SuspectTests {
    private func foreign(
        _ volunteer: String, deliveries: Int, tag: UInt64, _ acks: AckRecorder
    ) throws -> LedgerInput {
        var delivery = StoredDelivery.response(volunteer, id: volunteer)
        delivery.deliveryCount = deliveries
        return .message(
            try InboundMessage.foreign(delivery, for: .application), AckToken(target: acks, tag: tag))
    }

    private func recorded(_ ledger: LedgerFixture) throws -> Bool {
        try ledger.file.pool.read {
            try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'suspect')") ?? false
        }
    }

    private static let settings = LedgerSettings(outboxRetention: .seconds(3600), maxAttempts: 5)

    /// A life of the process that ends while it handles this message: the recorded suspect stays, and nothing else.
    private func die(handling volunteer: String, deliveries: Int, in folder: TemporaryFolder) async throws {
        try await withLedger(in: folder, settings: Self.settings) { ledger in
            ledger.handler.change { $0.unwritable = [volunteer] }
            ledger.writer.submit(try foreign(volunteer, deliveries: deliveries, tag: 1, ledger.acks))
            try await eventually("the message is being handled") { ledger.recorder.events.writable.last == false }
            #expect(try recorded(ledger), "it is on record before it is handled")
        }
    }

    @Test func `suspects are handled one at a time, the others in one transaction`() async throws {
        try await withLedger(in: TemporaryFolder("suspects")) { ledger in
            let deliveries = [("a", 0), ("b", 2), ("c", 3), ("d", 9), ("e", 0)]
            ledger.writer.submit(
                try deliveries.enumerated().map { index, delivery in
                    try foreign(delivery.0, deliveries: delivery.1, tag: UInt64(index + 1), ledger.acks)
                })
            try await ledger.runOnce()
            #expect(try ledger.log == ["a", "b", "c", "d", "e"])
            let batches = ledger.recorder.events.batches
            #expect(batches.prefix(3) == [2, 1, 1])
            #expect(try !recorded(ledger), "they did no harm")
            #expect(try ledger.count("parked") == 0)
        }
    }

    @Test func `the one that the process died of is parked after MAX_ATTEMPTS, and no other`() async throws {
        let folder = try TemporaryFolder("suspects")
        for deliveries in 3...4 { try await die(handling: "poison", deliveries: deliveries, in: folder) }
        try await withLedger(in: folder, settings: Self.settings) { ledger in
            ledger.writer.submit([
                try foreign("poison", deliveries: 5, tag: 1, ledger.acks),
                // It was in hand each time, and never handled.
                try foreign("innocent", deliveries: 5, tag: 2, ledger.acks),
            ])
            try await ledger.runOnce()
            #expect(try ledger.log == ["innocent"])
            let reasons = try await ledger.file.pool.read { try String.fetchAll($0, sql: "SELECT reason FROM parked") }
            #expect(reasons == ["the process ended while it was handled; it was delivered 5 times before"])
            #expect(ledger.acks.settled == [1, 2])
            #expect(try !recorded(ledger))
        }
    }

    @Test func `below MAX_ATTEMPTS it is tried again`() async throws {
        let folder = try TemporaryFolder("suspects")
        try await die(handling: "unlucky", deliveries: 3, in: folder)
        try await withLedger(in: folder, settings: Self.settings) { ledger in
            ledger.writer.submit(try foreign("unlucky", deliveries: 4, tag: 1, ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.log == ["unlucky"])
            #expect(try !recorded(ledger))
        }
    }

    @Test func `a streamed suspect is never parked`() async throws {
        let folder = try TemporaryFolder("suspects")
        for deliveries in 8...9 {
            try await withLedger(in: folder) { ledger in
                ledger.handler.change { $0.unwritable = deliveries == 8 ? ["v"] : [] }
                let position = StreamPosition(stream: LedgerFixture.stream, epoch: 1, seq: 1)
                var delivery = StoredDelivery.response("v")
                delivery.position = position
                delivery.deliveryCount = deliveries
                let inbound = try InboundMessage.streamed(delivery, at: position)
                ledger.writer.submit(.message(inbound, AckToken(target: ledger.acks, tag: 1)))
                if deliveries == 8 {
                    try await eventually("the message is being handled") {
                        ledger.recorder.events.writable.last == false
                    }
                } else {
                    try await ledger.runOnce()
                    #expect(try ledger.log == ["v"])
                    #expect(try ledger.count("parked") == 0 && ledger.count("blocked") == 0)
                }
            }
        }
    }
}

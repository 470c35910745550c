import Broker
import Contracts
import Foundation
import Ledger
import Logging
import Synchronization
import Testing

@testable import ServiceKit

/// What is published, and as what (contract section 3).
@Suite struct OutletTests {
    /// Sends one message to WaitlistService for every call.
    private struct Sender: LedgerHandler {
        func apply(_ inbound: InboundMessage, in transaction: LedgerTransaction) -> Disposition { .applied }
        func discarded(_ inbound: InboundMessage, in transaction: LedgerTransaction) {}
        func timerFired(_ timer: LedgerTimer, in transaction: LedgerTransaction) {}
        func runStep(of job: LedgerJob, in transaction: LedgerTransaction) -> LedgerJob? { nil }
    }

    private static let message = Message.response(
        VolunteerResponse(volunteerID: .trusted("5"), applicationID: .trusted("7"), status: .accepted))

    /// An outlet over a file with `count` messages in its outbox.
    private func withOutlet(
        count: Int, isOwner: Bool = true,
        _ body: (PartitionPublishSource, Surroundings) throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "outlet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let surroundings = Surroundings()
        let environment = LedgerEnvironment(now: { surroundings.now }, random: { (0xA, 0xB) })
        let file = try LedgerFile(
            address: here, directory: folder.path, partitions: 1, migrations: [], now: Timestamp(milliseconds: 77))
        defer { file.close() }
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let writer = try LedgerWriter(
            file: file, handler: Sender(), settings: .init(outboxRetention: .seconds(9), maxAttempts: 1),
            environment: environment, logger: logger)
        async let running: Void = writer.run(observer: NoOpLedgerObserver())
        try await writer.perform { transaction in
            for _ in 0..<count { transaction.emit(Self.message, to: waitlist) }
        }
        writer.stop()
        await running
        let relay = try OutboxRelay(file: file, environment: environment, logger: logger)
        let outlet = PartitionPublishSource(
            relay: relay, address: here, user: "anna", isOwner: { isOwner }, moved: { surroundings.move($0) })
        try body(outlet, surroundings)
    }

    /// The clock, and what the outlet reported.
    private final class Surroundings: Sendable {
        private let state = Mutex((milliseconds: Int64(1_795_251_600_999), moves: [[Int64: Int64]]()))

        var now: Timestamp { Timestamp(milliseconds: state.withLock { $0.milliseconds }) }
        var moves: [[Int64: Int64]] { state.withLock { $0.moves } }

        func move(_ cursors: [Int64: Int64]) {
            state.withLock { $0.moves.append(cursors) }
        }

        func advance(milliseconds: Int64) {
            state.withLock { $0.milliseconds += milliseconds }
        }
    }

    @Test func `a message of a stream bears its properties and headers`() async throws {
        try await withOutlet(count: 2) { outlet, _ in
            let messages = outlet.next(max: 10).filter { !$0.exchange.isEmpty }
            #expect(messages.count == 2)
            let message = try #require(messages.last)
            #expect(message.exchange == "volunteer_waiting_queue_exchange")
            #expect(message.routingKey == "volunteer_response.waitlist.p00")
            #expect(message.mandatory)
            #expect(message.body == Self.message.encoded())
            #expect(
                message.properties
                    == MessageProperties(
                        contentType: "application/json", messageID: "application.p00>waitlist.p00/77/2",
                        type: "volunteer_response", userID: "anna", appID: "application.p00", deliveryMode: 2,
                        timestamp: 1_795_251_600,
                        headers: [
                            "stream": .string("application.p00>waitlist.p00"), "epoch": .int(77), "seq": .int(2),
                            "traceparent": .string("00-000000000000000a000000000000000b-000000000000000a-01"),
                        ]))
        }
    }

    @Test
    func `on connecting each stream says how far it goes, straight to the consumer's queue and outside any stream`()
        async throws
    {
        try await withOutlet(count: 1) { outlet, _ in
            let heads = outlet.next(max: 10).filter(\.exchange.isEmpty)
            #expect(heads.map(\.routingKey) == ["waitlist.p00"])
            let head = try #require(heads.first)
            #expect(head.properties.type == "stream_head" && head.properties.headers.isEmpty)
            #expect(head.properties.userID == "anna")
            #expect(outlet.next(max: 10).isEmpty, "once; then every 30 s")
            outlet.connected()
            #expect(outlet.next(max: 10).map(\.properties.type) == ["stream_head", "volunteer_response"])
        }
    }

    @Test func `a batch is no longer than asked for, and control messages come first`() async throws {
        try await withOutlet(count: 9) { outlet, _ in
            let applied = StreamApplied(stream: stream(waitlist, here), epoch: 1, last: 1)
            outlet.send([ControlMessage(message: .streamApplied(applied), recipient: waitlist)])
            let batch = outlet.next(max: 4)
            #expect(
                batch.map(\.properties.type) == [
                    "stream_applied", "stream_head", "volunteer_response", "volunteer_response",
                ])
            #expect(Set(batch.map(\.publishID)).count == 4)
        }
    }

    @Test func `confirms move the cursor; those of control messages move nothing`() async throws {
        try await withOutlet(count: 2) { outlet, surroundings in
            let batch = outlet.next(max: 10)
            outlet.settled(batch.filter(\.exchange.isEmpty).map { ($0.publishID, .confirmed) })
            #expect(surroundings.moves.isEmpty)
            outlet.settled(batch.filter { !$0.exchange.isEmpty }.map { ($0.publishID, .confirmed) })
            #expect(surroundings.moves == [[1: 2]])
        }
    }

    @Test func `a nack and a return go back, and are published again with the same id`() async throws {
        for outcome in [PublishOutcome.nacked, .returned(code: 312, text: "NO_ROUTE")] {
            try await withOutlet(count: 1) { outlet, surroundings in
                let first = try #require(outlet.next(max: 10).last)
                outlet.settled([(first.publishID, outcome)])
                #expect(surroundings.moves.isEmpty)
                #expect(outlet.next(max: 10).isEmpty, "it rests first")
                surroundings.advance(milliseconds: 100)
                let again = try #require(outlet.next(max: 10).last)
                #expect(again.properties.messageID == first.properties.messageID && again.publishID != first.publishID)
            }
        }
    }

    @Test func `who does not own the partition publishes nothing`() async throws {
        try await withOutlet(count: 1, isOwner: false) { outlet, _ in
            #expect(outlet.next(max: 10).isEmpty)
        }
    }
}

import Broker
import Contracts
import Ledger
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ServiceKit

/// The messages that a partition publishes (contract section 3).
@Suite struct PartitionPublishSourceTests {
    private final class CursorRecorder: Sendable {
        private let moves = Mutex<[[Int64: StreamCursor]]>([])

        var all: [[Int64: StreamCursor]] { moves.withLock { $0 } }

        func record(_ cursors: [Int64: StreamCursor]) { moves.withLock { $0.append(cursors) } }
    }

    private static let message = Message.response(
        VolunteerResponse(volunteerID: .trusted("5"), applicationID: .trusted("7"), status: .accepted))

    private let clock = TestClock(Timestamp(milliseconds: 1_795_251_600_999))
    private let cursors = CursorRecorder()

    /// Calls `body` with a source over a file with `count` messages to WaitlistService in its outbox, and one with each
    /// of the digests.
    private func withSource(
        count: Int, digests: [[UInt8]?] = [], isOwner: Bool = true, isAnswered: Bool = true,
        _ body: (PartitionPublishSource) throws -> Void
    ) async throws {
        let folder = try TemporaryFolder("publish")
        let environment = LedgerEnvironment(now: { [clock] in clock.now }, random: { (0xA, 0xB) })
        let file = try LedgerFile(
            address: application, directory: folder.path, partitions: 1, migrations: [],
            now: Timestamp(milliseconds: 77))
        defer { file.close() }
        let writer = try LedgerWriter(
            file: file, handler: NoOpHandler(), settings: .init(outboxRetention: .seconds(9), maxAttempts: 1),
            environment: environment, logger: .quiet)
        async let running: Void = writer.run(observer: NoOpLedgerObserver())
        try await writer.perform { transaction in
            for _ in 0..<count { transaction.emit(Self.message, to: waitlist) }
            for digest in digests { transaction.emit(Self.message, to: waitlist, digest: digest) }
        }
        writer.stop()
        await running
        let relay = try OutboxRelay(file: file, environment: environment, logger: .quiet)
        if isAnswered { try await answer(relay, file, environment) }
        try body(
            PartitionPublishSource(
                relay: relay, address: application, user: "anna", isOwner: { isOwner },
                monotonicNow: { [clock] in clock.now }, commitCursors: { [cursors] in cursors.record($0) }))
    }

    /// The consumers answer the heads of their streams.
    private func answer(_ relay: OutboxRelay, _ file: LedgerFile, _ environment: LedgerEnvironment) async throws {
        let observer = RelayUpdater(relay)
        let writer = try LedgerWriter(
            file: file, handler: NoOpHandler(), settings: .init(outboxRetention: .seconds(9), maxAttempts: 1),
            environment: environment, logger: .quiet)
        async let running: Void = writer.run(observer: observer)
        for head in relay.nextHeads(max: 9).map(\.head) {
            let applied = StreamApplied(
                stream: head.stream, epoch: head.epoch, last: 0, handshake: head.handshake)
            writer.submit(.streamApplied(applied, answersHead: true, AckToken(target: AckRecorder(), tag: 1)))
        }
        writer.stop()
        await running
    }

    private struct RelayUpdater: LedgerObserver {
        let relay: OutboxRelay

        init(_ relay: OutboxRelay) { self.relay = relay }

        func committed(_ commit: CommitSummary) { relay.streamsChanged(commit) }
        func writabilityChanged(_ isWritable: Bool) {}
    }

    @Test func `a streamed message has its properties and headers`() async throws {
        try await withSource(count: 2) { source in
            let messages = source.next(max: 10).filter { !$0.exchange.isEmpty }
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

    @Test func `a forwarded command has its digest as a header`() async throws {
        try await withSource(count: 0, digests: [Array(0...15), nil]) { source in
            let digests = source.next(max: 10).filter { !$0.exchange.isEmpty }.map { $0.properties.headers["digest"] }
            #expect(digests == [.string("000102030405060708090a0b0c0d0e0f"), nil])
        }
    }

    @Test func `after connecting each stream's head is sent to its consumer's queue, outside any stream`() async throws
    {
        try await withSource(count: 1, isAnswered: false) { source in
            let heads = source.next(max: 10).filter(\.exchange.isEmpty)
            #expect(heads.map(\.routingKey) == ["waitlist.p00"])
            let head = try #require(heads.first)
            #expect(head.properties.type == "stream_head" && head.properties.headers.isEmpty)
            #expect(head.properties.userID == "anna" && head.mandatory)
            #expect(source.next(max: 10).isEmpty, "once, then every 30 s, and nothing else before the answer")
            source.connected()
            #expect(source.next(max: 10).map(\.properties.type) == ["stream_head"])
            source.settled([(head.publishID, .returned(code: 312, text: "NO_ROUTE"))])
            #expect(source.next(max: 10).isEmpty, "a head of an earlier channel")
            clock.advance(.seconds(30))
            #expect(source.isDue)
            let again = try #require(source.next(max: 10).first)
            source.settled([(again.publishID, .returned(code: 312, text: "NO_ROUTE"))])
            #expect(!source.isDue)
            clock.advance(.milliseconds(100))
            #expect(source.isDue && source.next(max: 10).map(\.properties.type) == ["stream_head"])
        }
    }

    @Test func `a batch respects its limit, and control messages come first`() async throws {
        try await withSource(count: 9) { source in
            let applied = StreamApplied(stream: stream(waitlist, application), epoch: 1, last: 1)
            source.enqueue([ControlMessage(message: .streamApplied(applied), recipient: waitlist)])
            let batch = source.next(max: 4)
            #expect(
                batch.map(\.properties.type) == [
                    "stream_applied", "volunteer_response", "volunteer_response", "volunteer_response",
                ])
            #expect(Set(batch.map(\.publishID)).count == 4)
        }
    }

    @Test func `confirms of streamed messages move the cursor, those of control messages do not`() async throws {
        try await withSource(count: 2) { source in
            let applied = StreamApplied(stream: stream(waitlist, application), epoch: 1, last: 1)
            source.enqueue([ControlMessage(message: .streamApplied(applied), recipient: waitlist)])
            clock.advance(.seconds(30))
            let batch = source.next(max: 10)
            let controls = batch.filter(\.exchange.isEmpty)
            #expect(controls.map(\.properties.type) == ["stream_applied", "stream_head"])
            source.settled(controls.map { ($0.publishID, .confirmed) })
            #expect(cursors.all.isEmpty)
            source.settled(batch.filter { !$0.exchange.isEmpty }.map { ($0.publishID, .confirmed) })
            #expect(cursors.all.map { $0.mapValues(\.confirmed) } == [[1: 2]])
        }
    }

    @Test func `a nacked or returned message is published again with the same message id`() async throws {
        for outcome in [PublishOutcome.nacked, .returned(code: 312, text: "NO_ROUTE")] {
            try await withSource(count: 1) { source in
                let first = try #require(source.next(max: 10).last)
                source.settled([(first.publishID, outcome)])
                #expect(cursors.all.isEmpty)
                #expect(source.next(max: 10).isEmpty, "the stream backs off first")
                clock.advance(.milliseconds(100))
                let again = try #require(source.next(max: 10).last)
                #expect(again.properties.messageID == first.properties.messageID && again.publishID != first.publishID)
            }
        }
    }

    @Test func `a stream that is returned for 5 s is a reason to open the channel again, once`() async throws {
        try await withSource(count: 1) { source in
            let first = try #require(source.next(max: 10).last)
            source.settled([(first.publishID, .returned(code: 312, text: "NO_ROUTE"))])
            #expect(source.reasonToReopen() == nil)
            clock.advance(.seconds(5))
            #expect(source.reasonToReopen() == "application.p00>waitlist.p00 was nacked or returned for 5 s")
            #expect(source.reasonToReopen() == nil)
            source.connected()
            #expect(source.next(max: 10).map(\.properties.type) == ["stream_head"])
        }
    }

    @Test func `a recipient that nacks control messages for 5 s is a reason to open the channel again`() async throws {
        try await withSource(count: 0) { source in
            let applied = StreamApplied(stream: stream(waitlist, application), epoch: 1, last: 1)
            source.enqueue([ControlMessage(message: .streamApplied(applied), recipient: waitlist)])
            source.settled(source.next(max: 10).map { ($0.publishID, .nacked) })
            #expect(!source.isDue && source.reasonToReopen() == nil)
            clock.advance(.seconds(5))
            #expect(source.reasonToReopen() == "control messages to waitlist.p00 were nacked for 5 s")
            #expect(source.isDue)
            source.connected()
            #expect(source.next(max: 10).map(\.properties.type) == ["stream_applied"])
        }
    }

    @Test func `without ownership of the partition nothing is published`() async throws {
        try await withSource(count: 1, isOwner: false) { source in
            #expect(source.next(max: 10).isEmpty)
        }
    }
}

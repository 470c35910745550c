import Contracts
import Foundation
import GRDB
import Ledger
import Logging
import TestSupport
import Testing

/// The handshake of contract section 4: what a producer does with its consumer's answer to a `stream_head`.
@Suite struct HandshakeTests {
    private static let day: Int64 = 86_400_000

    private func emit(_ count: Int, _ ledger: LedgerFixture) async throws {
        try await ledger.writer.perform { transaction in
            for number in 1...count {
                let response = VolunteerResponse(
                    volunteerID: .trusted("v\(number)"), applicationID: .trusted("7"), status: .accepted)
                transaction.emit(.response(response), to: ScriptedHandler.consumer)
            }
        }
    }

    /// Publishes and confirms everything that may be published.
    private func publish(_ relay: OutboxRelay, _ ledger: LedgerFixture) async throws {
        let messages = relay.next(max: 99)
        ledger.writer.submit(.confirmed(relay.settled(messages.map { ($0.publishID, true) })))
        try await ledger.runOnce()
    }

    private func progress(_ ledger: LedgerFixture) throws -> StreamProgress {
        try #require(try ledger.file.streams().first { $0.name == LedgerFixture.outgoing.description })
    }

    private func isVerified(_ ledger: LedgerFixture) throws -> Bool {
        guard case .outgoing(_, _, _, let isVerified, _) = try progress(ledger).direction else { return false }
        return isVerified
    }

    /// A file at epoch 77 whose consumer has applied 3 of 4 messages.
    private func withSentFile(
        clock: TestClock<Timestamp> = TestClock(.testStart), _ body: (LedgerFixture, OutboxRelay) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder("ledger")
        try await withLedger(in: folder, clock: clock) { ledger in
            try await emit(4, ledger)
            let relay = try await ledger.openRelay()
            try await publish(relay, ledger)
        }
        try await withLedger(in: folder, clock: clock) { ledger in try await body(ledger, ledger.relay()) }
    }

    @Test(arguments: [Int64(0), 3, 4])
    func `an answer within what was sent: the stream goes on after it`(last: Int64) async throws {
        try await withSentFile { ledger, relay in
            try await emit(2, ledger)
            ledger.update(relay)
            #expect(relay.next(max: 9).isEmpty)
            #expect(try !isVerified(ledger))
            try await ledger.answerHeads(of: relay) { $0.answer(last: last) }
            #expect(try isVerified(ledger))
            #expect(relay.next(max: 9).map(\.seq) == Array((last + 1)...6))
            #expect(try progress(ledger).epoch == 77)
            #expect(try ledger.file.counters()["restored"] == nil)
        }
    }

    @Test func `confirms of the epoch before say nothing of a new one`() async throws {
        try await withSentFile { ledger, relay in
            try await emit(2, ledger)
            ledger.update(relay)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 900) }
            let epoch = try progress(ledger).epoch
            #expect(epoch > 77)
            let stream = try #require(
                await ledger.file.pool.read { try Int64.fetchOne($0, sql: "SELECT id FROM stream_out") })
            func confirmed() throws -> Int64? {
                guard case .outgoing(_, let confirmed, _, _, _) = try progress(ledger).direction else { return nil }
                return confirmed
            }
            for (cursor, expected) in [
                (StreamCursor(epoch: 77, confirmed: 6), Int64(0)), (.init(epoch: epoch, confirmed: 1), 1),
            ] {
                ledger.writer.submit(.confirmed([stream: cursor]))
                try await ledger.runOnce()
                #expect(try confirmed() == expected)
            }
        }
    }

    @Test(arguments: [(Int64(77), Int64(5)), (77, 6), (77, 900), (78, 0), (90, 4)])
    func `an answer beyond what was sent: a new epoch begins with what is new`(
        epoch: Int64, last: Int64
    ) async throws {
        let clock = TestClock(Timestamp(milliseconds: 1000))
        try await withSentFile(clock: clock) { ledger, relay in
            clock.advance(.milliseconds(-990))
            try await emit(2, ledger)
            ledger.update(relay)
            try await ledger.answerHeads(of: relay) { $0.answer(epoch: epoch, last: last) }
            #expect(try progress(ledger).epoch == max(77, epoch) + 1, "above both, and the clock is behind")
            #expect(try ledger.file.counters()["restored"] == 1)
            #expect(relay.next(max: 9).isEmpty, "the consumer is asked whether it takes the new epoch")
            try await ledger.answerHeads(of: relay)
            let messages = relay.next(max: 9)
            #expect(messages.map(\.seq) == [1, 2] && messages.allSatisfy { $0.epoch == max(77, epoch) + 1 })
            #expect(messages.map(\.action) == ["volunteer_response", "volunteer_response"])
            #expect(try isVerified(ledger))
        }
    }

    @Test func `a new epoch is not below the clock, and a later stream takes it`() async throws {
        try await withSentFile { ledger, relay in
            try await ledger.answerHeads(of: relay) { $0.answer(last: 5) }
            let epoch = ledger.clock.now.milliseconds + 1
            #expect(try progress(ledger).epoch == epoch)
            try await ledger.writer.perform { transaction in
                let notifier = Address(service: .notifier, partition: Partition(number: 0))
                transaction.emit(.cancel(CancelVolunteerApplication(applicationID: .trusted("7"))), to: notifier)
            }
            try await ledger.writer.perform { transaction in
                let notifier = Address(service: .notifier, partition: Partition(number: 0))
                #expect(transaction.epoch(ofStreamTo: notifier) == epoch)
                #expect(transaction.epoch(ofStreamTo: ScriptedHandler.consumer) == epoch)
                #expect(transaction.epoch(ofStreamTo: LedgerFixture.address) == nil)
            }
        }
    }

    @Test func `a stream that begins in an older copy does not use numbers that its consumer knows`() async throws {
        try await withLedger { ledger in
            let relay = try ledger.relay()
            try await emit(3, ledger)
            ledger.update(relay)
            try await ledger.answerHeads(of: relay) { $0.answer(last: 2) }
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 9).map(\.seq) == [1, 2, 3])
            #expect(try progress(ledger).epoch > 77)
        }
    }

    @Test func `without an answer a restart still compares with the head of the copy`() async throws {
        let folder = try TemporaryFolder("ledger")
        try await withLedger(in: folder) { ledger in
            try await emit(4, ledger)
            try await publish(try await ledger.openRelay(), ledger)
        }
        for _ in 1...3 { try await withLedger(in: folder) { try await emit(2, $0) } }
        try await withLedger(in: folder) { ledger in
            let relay = try ledger.relay()
            try await ledger.answerHeads(of: relay) { $0.answer(last: 6) }
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 9).map(\.seq) == Array(1...6), "all six that this life has committed")
        }
    }

    @Test func `a subcommand that only reads does not need another answer`() async throws {
        try await withSentFile { ledger, relay in
            try await ledger.answerHeads(of: relay)
            #expect(try isVerified(ledger))
            var settings = LedgerFixture.settings
            settings.callsOnly = true
            let reading = try LedgerWriter(
                file: ledger.file, handler: ledger.handler, settings: settings, environment: ledger.environment,
                logger: .quiet)
            reading.stop()
            await reading.run(observer: NoOpLedgerObserver())
            #expect(try isVerified(ledger))
        }
    }

    @Test func `outdated answers are no evidence, and move only what is known to be applied`() async throws {
        try await withSentFile { ledger, relay in
            try await emit(2, ledger)
            ledger.update(relay)
            let before = StreamApplied(stream: LedgerFixture.outgoing, epoch: 77, last: 6)
            try await ledger.receive(before, relay)
            let head = try #require(relay.nextHeads(max: 9).first?.head)
            for (epoch, last) in [(Int64(77), Int64(6)), (99, 1), (12, 9), (77, 4)] {
                var stale = head.answer(epoch: epoch, last: last)
                stale.handshake = "another"
                try await ledger.receive(stale, relay)
            }
            #expect(relay.next(max: 9).isEmpty)
            guard case .outgoing(let last, _, let applied, _, _) = try progress(ledger).direction else { return }
            #expect(last == 6 && applied == 4, "6 was not sent by this life of the file")
            #expect(try progress(ledger).epoch == 77)
            try await ledger.receive(head.answer(last: 4), relay)
            #expect(relay.next(max: 9).map(\.seq) == [5, 6])
        }
    }

    @Test func `a consumer of an earlier version returns no handshake`() async throws {
        try await withSentFile { ledger, relay in
            let old = StreamApplied(stream: LedgerFixture.outgoing, epoch: 77, last: 3)
            try await ledger.receive(old, relay)
            #expect(relay.next(max: 9).isEmpty, "nothing was asked yet")
            _ = relay.nextHeads(max: 9)
            try await ledger.receive(old, relay)
            #expect(relay.next(max: 9).map(\.seq) == [4])
        }
    }

    @Test func `a second answer to the head that led to a new epoch changes nothing`() async throws {
        try await withSentFile { ledger, relay in
            let head = try #require(relay.nextHeads(max: 9).first?.head)
            let answer = head.answer(last: 9)
            let token = AckToken(target: ledger.acks, tag: 1)
            ledger.writer.submit([
                .streamApplied(answer, answersHead: true, token), .streamApplied(answer, answersHead: true, token),
            ])
            try await ledger.runOnce()
            #expect(try ledger.file.counters()["restored"] == 1)
        }
    }

    @Test func `an answer that arrives after the channel was replaced does not start the stream`() async throws {
        try await withSentFile { ledger, relay in
            let head = try #require(relay.nextHeads(max: 9).first?.head)
            let answer = head.answer(last: 4)
            let isExpected = relay.expects(answer)
            relay.channelOpened()
            ledger.writer.submit(
                .streamApplied(answer, answersHead: isExpected, AckToken(target: ledger.acks, tag: 1)))
            try await ledger.runOnce()
            try await emit(1, ledger)
            ledger.update(relay)
            #expect(relay.next(max: 9).isEmpty)
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 9).map(\.seq) == [5])
        }
    }

    @Test func `a consumer that lacks deleted messages goes on with the others in a new epoch`() async throws {
        try await withSentFile { ledger, relay in
            try await ledger.file.pool.write { try $0.execute(sql: "DELETE FROM outbox WHERE seq <= 2") }
            try await ledger.answerHeads(of: relay) { $0.answer(last: 1) }
            #expect(relay.next(max: 9).isEmpty)
            #expect(try progress(ledger).epoch > 77)
            #expect(try ledger.file.counters()["restored"] == nil)
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 9).map(\.seq) == [1, 2], "3 and 4 of the earlier epoch")
        }
    }

    // MARK: - Clocks

    private func problems(_ ledger: LedgerFixture) -> [String] { ledger.writer.refusedEpochs.problems }

    private func problem(_ epoch: Int64, of stream: StreamName = LedgerFixture.outgoing) -> String {
        "\(stream): epoch \(epoch) is refused, a clock is more than a day wrong"
    }

    /// The consumer's clock is right, and refuses the epoch.
    @Test func `an epoch that a clock ahead has made is lowered when the clock is right`() async throws {
        let clock = TestClock(Timestamp.testStart)
        let folder = try TemporaryFolder("ledger")
        let future = clock.now.milliseconds + 3 * Self.day
        do {
            let file = try LedgerFile(
                address: LedgerFixture.address, directory: folder.path, partitions: 1,
                migrations: [ScriptedHandler.migration], now: Timestamp(milliseconds: future))
            file.close()
        }
        try await withLedger(in: folder, clock: clock) { ledger in
            let relay = try ledger.relay()
            try await emit(2, ledger)
            ledger.update(relay)
            try await ledger.answerHeads(of: relay) { $0.answer(epoch: 50, last: 9) }
            #expect(try progress(ledger).epoch == clock.now.milliseconds)
            #expect(try ledger.file.counters()["restored"] == nil)
            try await ledger.answerHeads(of: relay)
            #expect(relay.next(max: 9).map(\.seq) == [1, 2], "nothing is lost")
        }
    }

    @Test func `a lower epoch is ignored while our own is plausible, and so is one far ahead`() async throws {
        try await withSentFile { ledger, relay in
            let answers = [(Int64(76), Int64(4)), (ledger.clock.now.milliseconds + 2 * Self.day, 4), (.max, .max)]
            for (epoch, last) in answers {
                relay.channelOpened()
                try await ledger.answerHeads(of: relay) { $0.answer(epoch: epoch, last: last) }
                #expect(relay.next(max: 9).isEmpty)
                #expect(try progress(ledger).epoch == 77)
                #expect(problems(ledger) == [problem(max(epoch, 77))], "the higher one")
            }
            relay.channelOpened()
            try await ledger.answerHeads(of: relay)
            #expect(problems(ledger).isEmpty, "the clocks agree again")
        }
    }

    @Test func `a consumer refuses an epoch more than a day ahead, says what holds, and adopts nothing`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .streamed(1, "a", ledger.acks))
            let far = ledger.clock.now.milliseconds + Self.day + 1
            ledger.writer.submit(try .streamed(1, epoch: far, "b", ledger.acks))
            let token = AckToken(target: ledger.acks, tag: 9)
            for (epoch, handshake) in [(far, "x"), (far - 1, "y")] {
                let head = StreamHead(stream: LedgerFixture.stream, epoch: epoch, head: 0, handshake: handshake)
                ledger.writer.submit(.streamHead(head, token))
            }
            try await ledger.runOnce()
            #expect(try ledger.log == ["a"])
            #expect(ledger.acks.settled == [1, 1, 9, 9])
            #expect(try ledger.file.counters()["refused_epochs"] == 2)
            #expect(problems(ledger).isEmpty, "the second head's epoch was taken")
            let answers = ledger.recorder.events.controlMessages.map(\.message)
            let expected = [(Int64(1), Int64(1), "x"), (far - 1, 0, "y")].map { epoch, last, handshake in
                Message.streamApplied(
                    StreamApplied(stream: LedgerFixture.stream, epoch: epoch, last: last, handshake: handshake))
            }
            #expect(answers == expected)
        }
    }

    @Test func `nothing is recorded of an unknown stream whose epoch is refused`() async throws {
        try await withLedger { ledger in
            ledger.writer.submit(try .streamed(1, epoch: .max, "a", ledger.acks))
            try await ledger.runOnce()
            #expect(try ledger.count("stream_in") == 0)
            #expect(try ledger.count("log") == 0)
            #expect(problems(ledger) == [problem(.max, of: LedgerFixture.stream)])
        }
    }
}

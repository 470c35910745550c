import Contracts
import Foundation
import Ledger
import SeededRandom
import TestSupport

/// A producer and a consumer, with a file each, and the two queues between them. At random the producer's process and
/// channel end, its file is put back to an earlier copy, and control messages are lost and doubled.
final class RestoreRun {
    private enum QueuedMessage {
        case message(OutboxMessage)
        case head(StreamHead)
    }

    /// A copy of the producer's file.
    private struct Copy {
        let folder: TemporaryFolder
        /// The messages that were committed while the consumer had not answered yet. Another life of the file may have
        /// sent them after the copy was made; then the copy sends them again.
        let unverified: Set<Int>
    }

    private var random: SeededGenerator
    private let clock = TestClock(Timestamp.testStart)
    private var folder: TemporaryFolder
    private var copies: [Copy] = []
    private var lastNumber = 0
    /// The messages that the present life of the producer's file has committed.
    private var present: [Int] = []
    private var unverified: Set<Int> = []
    private var mayRepeat: Set<Int> = []
    private var queue: [QueuedMessage] = []
    private var answers: [StreamApplied] = []
    private var inFlight: [RelayState.PublishID] = []
    private var lives: UInt64 = 0
    private(set) var renewals = 0
    private(set) var steps: [String] = []
    private(set) var violations: [String] = []

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        folder = try TemporaryFolder("producer")
    }

    func run() async throws {
        try await withLedger(in: TemporaryFolder("consumer"), clock: clock) { consumer in
            for _ in 1...8 {
                try await withProducer { producer, relay in
                    for _ in 1...random.int(in: 2...25) { try await step(producer, relay, consumer) }
                }
                try replaceFile()
            }
            try await withProducer { producer, relay in try await settle(producer, relay, consumer) }
            try check(consumer.log)
        }
    }

    private func withProducer(_ body: (LedgerFixture, OutboxRelay) async throws -> Void) async throws {
        inFlight = []
        lives += 1
        // Each process asks with handshakes of its own.
        let environment = LedgerEnvironment(now: { [clock] in clock.now }, random: { [lives] in (lives, lives) })
        try await withLedger(in: folder, address: LedgerFixture.producer, clock: clock) { producer in
            // The first transaction notes which numbers may have been published.
            try await producer.runOnce()
            let relay = try OutboxRelay(file: producer.file, environment: environment, logger: .quiet)
            let restored = try producer.file.counters()["restored", default: 0]
            try await body(producer, relay)
            renewals += Int(try producer.file.counters()["restored", default: 0] - restored)
        }
    }

    /// While no process has the file open: sometimes copies it, and sometimes puts a copy in its place.
    private func replaceFile() throws {
        if random.oneIn(2) {
            copies.append(Copy(folder: try duplicate(folder), unverified: unverified))
            steps.append("copy \(copies.count)")
        }
        guard !copies.isEmpty, random.oneIn(2) else { return steps.append("restart") }
        let index = random.int(in: 0...copies.count - 1)
        steps.append("restore \(index + 1)")
        folder = try duplicate(copies[index].folder)
        unverified = copies[index].unverified
        mayRepeat.formUnion(unverified)
        present = []
    }

    private func duplicate(_ folder: TemporaryFolder) throws -> TemporaryFolder {
        let copy = try TemporaryFolder("copy")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.copyItem(atPath: "\(folder.path)/\(name)", toPath: "\(copy.path)/\(name)")
        }
        return copy
    }

    // MARK: - Steps

    private func step(_ producer: LedgerFixture, _ relay: OutboxRelay, _ consumer: LedgerFixture) async throws {
        // The wall clock is set back too.
        clock.advance(random.milliseconds(in: -50...400))
        switch random.int(in: 0...13) {
        case 0...2: try await commit(random.int(in: 1...3), producer, relay)
        case 3...4: publish(relay, max: 4)
        case 5: try await confirm(random.int(in: 1...4), producer, relay)
        case 6...8: try await deliver(random.int(in: 1...6), relay, consumer)
        case 9...10: try await answer(producer, relay)
        case 11...12:
            // Otherwise few handshakes would come to an end. Now and then the last answers come only in a later life.
            for _ in 1...2 {
                publish(relay, max: 9, losing: false)
                try await deliver(queue.count, relay, consumer, losing: false)
                while !answers.isEmpty && !random.oneIn(3) { try await answer(producer, relay) }
            }
        default:
            steps.append("reconnect")
            inFlight = []
            relay.channelOpened()
        }
    }

    private func commit(_ count: Int, _ producer: LedgerFixture, _ relay: OutboxRelay) async throws {
        let numbers = Array(lastNumber + 1...lastNumber + count)
        lastNumber += count
        if try !isVerified(producer) { unverified.formUnion(numbers) }
        try await producer.writer.perform { transaction in
            for number in numbers {
                let response = VolunteerResponse(
                    volunteerID: .trusted(String(number)), applicationID: .trusted("7"), status: .accepted)
                transaction.emit(.response(response), to: LedgerFixture.address)
            }
        }
        producer.update(relay)
        present += numbers
        steps.append("commit \(numbers)")
    }

    private func isVerified(_ producer: LedgerFixture) throws -> Bool {
        try producer.file.streams().contains { stream in
            if case .outgoing(_, _, _, let isVerified, _) = stream.direction { isVerified } else { false }
        }
    }

    private func publish(_ relay: OutboxRelay, max: Int, losing: Bool = true) {
        for head in relay.nextHeads(max: 9) where !losing || !random.oneIn(8) {
            steps.append("head \(head.head.epoch)/\(head.head.head) \(head.head.handshake ?? "")")
            queue += Array(repeating: .head(head.head), count: losing && random.oneIn(8) ? 2 : 1)
        }
        for message in relay.next(max: max) {
            steps.append("publish \(message.epoch)/\(message.seq)")
            queue.append(.message(message))
            inFlight.append(message.publishID)
        }
    }

    private func confirm(_ count: Int, _ producer: LedgerFixture, _ relay: OutboxRelay) async throws {
        let settled = inFlight.prefix(count)
        inFlight.removeFirst(settled.count)
        producer.writer.submit(.confirmed(relay.settled(settled.map { ($0, true) })))
        try await producer.runOnce()
        producer.update(relay)
    }

    private func deliver(
        _ count: Int, _ relay: OutboxRelay, _ consumer: LedgerFixture, losing: Bool = true
    ) async throws {
        let delivered = Array(queue.prefix(count))
        queue.removeFirst(delivered.count)
        for message in delivered {
            for _ in 0..<(losing && random.oneIn(10) ? 2 : 1) { consumer.writer.submit(try input(message)) }
        }
        try await consumer.runOnce()
        try checkDropped(delivered, consumer)
        for control in consumer.recorder.takeCommits().flatMap(\.controlMessages) where !losing || !random.oneIn(8) {
            switch control.message {
            case .streamApplied(let applied):
                // Nothing but a doubled answer can be older than what the consumer has applied since.
                answers += Array(repeating: applied, count: random.oneIn(3) ? 2 : 1)
            case .resend(let request): relay.resend(request)
            default: violations.append("the consumer sent \(control.message)")
            }
        }
    }

    /// What the present life sends must not look like something that another life sent.
    private func checkDropped(_ delivered: [QueuedMessage], _ consumer: LedgerFixture) throws {
        let into = try consumer.file.streams().first { $0.name == LedgerFixture.stream.description }
        guard let into, case .incoming(let last, _, _) = into.direction else { return }
        let applied = try Set(consumer.log)
        for case .message(let message) in delivered {
            guard let name = try Message(streamed: message.body).volunteerID?.string, let number = Int(name),
                present.contains(number), !applied.contains(name)
            else { continue }
            if into.epoch > message.epoch || into.epoch == message.epoch && last >= message.seq {
                violations.append("\(number) of the present life was dropped as a duplicate")
            }
        }
    }

    private func input(_ message: QueuedMessage) throws -> LedgerInput {
        let token = AckToken(target: AckRecorder(), tag: 1)
        switch message {
        case .head(let head): return .streamHead(head, token)
        case .message(let message):
            let position = StreamPosition(stream: LedgerFixture.stream, epoch: message.epoch, seq: message.seq)
            var delivery = StoredDelivery(
                queue: "application.p00", exchange: message.exchange, routingKey: message.routingKey,
                messageID: message.messageID, body: message.body)
            delivery.position = position
            return .message(try InboundMessage.streamed(delivery, at: position), token)
        }
    }

    private func answer(_ producer: LedgerFixture, _ relay: OutboxRelay) async throws {
        guard !answers.isEmpty else { return }
        let applied = answers.removeFirst()
        steps.append("answer \(applied.epoch)/\(applied.last) \(applied.handshake ?? "")")
        try await producer.receive(applied, relay)
        if try isVerified(producer) { unverified = [] }
    }

    // MARK: - The end

    /// Nothing is lost any more: both sides come to agree.
    private func settle(_ producer: LedgerFixture, _ relay: OutboxRelay, _ consumer: LedgerFixture) async throws {
        try await commit(2, producer, relay)
        for _ in 1...100 {
            clock.advance(.seconds(10))
            publish(relay, max: 99, losing: false)
            try await confirm(inFlight.count, producer, relay)
            try await deliver(queue.count, relay, consumer, losing: false)
            while !answers.isEmpty { try await answer(producer, relay) }
            if try relay.depth == 0 && queue.isEmpty && agree(producer, consumer) { return }
        }
        violations.append("the two sides never agree")
    }

    private func agree(_ producer: LedgerFixture, _ consumer: LedgerFixture) throws -> Bool {
        let name = LedgerFixture.stream.description
        let out = try producer.file.streams().first { $0.name == name }
        let into = try consumer.file.streams().first { $0.name == name }
        guard let out, let into, case .outgoing(let head, _, _, _, _) = out.direction,
            case .incoming(let last, _, _) = into.direction
        else { return false }
        return out.epoch == into.epoch && head == last
    }

    private func check(_ log: [String]) throws {
        let applied = log.compactMap { Int($0) }
        let counts = Dictionary(applied.map { ($0, 1) }, uniquingKeysWith: +)
        for number in present where counts[number] != 1 {
            violations.append("\(number) of the present life was applied \(counts[number, default: 0]) times")
        }
        for (number, count) in counts where count > 1 && !mayRepeat.contains(number) {
            violations.append("\(number) was applied \(count) times")
        }
        let isPresent = Set(present)
        if applied.filter({ isPresent.contains($0) }) != present {
            violations.append("the present life was applied in another order: \(applied)")
        }
    }
}

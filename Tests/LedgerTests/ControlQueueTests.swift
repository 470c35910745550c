import Contracts
import Ledger
import TestSupport
import Testing

/// Which control messages are published when (contract section 4).
@Suite struct ControlQueueTests {
    private static let other = Address(service: .notifier, partition: Partition(number: 0))
    private let clock = TestClock(Timestamp.testStart)

    private func report(_ last: Int64, to recipient: Address = ScriptedHandler.consumer) -> ControlMessage {
        let stream = StreamName(producer: recipient, consumer: LedgerFixture.address)
        return ControlMessage(
            message: .streamApplied(
                StreamApplied(stream: stream, epoch: 1, last: last, handshake: StreamApplied.unasked)),
            recipient: recipient)
    }

    private func answer(_ last: Int64) -> ControlMessage {
        let stream = StreamName(producer: ScriptedHandler.consumer, consumer: LedgerFixture.address)
        return ControlMessage(
            message: .streamApplied(StreamApplied(stream: stream, epoch: 1, last: last, handshake: "a")),
            recipient: ScriptedHandler.consumer)
    }

    private func next(_ queue: inout ControlQueue) -> [(publishID: UInt64, control: ControlMessage)] {
        queue.next(max: 9, now: clock.now)
    }

    private func nack(_ messages: [(publishID: UInt64, control: ControlMessage)], _ queue: inout ControlQueue) {
        queue.settled(messages.map { ($0.publishID, false) }, now: clock.now)
    }

    @Test func `messages are published once, in their order, and a later one replaces an earlier one`() {
        var queue = ControlQueue()
        queue.enqueue([report(1), answer(2), report(3, to: Self.other), report(4)])
        #expect(queue.next(max: 2, now: clock.now).map(\.control) == [answer(2), report(3, to: Self.other)])
        #expect(next(&queue).map(\.control) == [report(4)])
        #expect(next(&queue).isEmpty)
        #expect(!queue.isDue(now: clock.now))
    }

    @Test func `a nacked message is published again after a back-off, before later ones`() {
        var queue = ControlQueue()
        queue.enqueue([report(1), answer(2)])
        let first = next(&queue)
        nack(first, &queue)
        queue.enqueue([report(3, to: Self.other)])
        #expect(next(&queue).map(\.control) == [report(3, to: Self.other)], "the other recipient is not held up")
        #expect(!queue.isDue(now: clock.now))
        clock.advance(.milliseconds(100))
        #expect(queue.isDue(now: clock.now))
        let again = next(&queue)
        #expect(again.map(\.control) == [report(1), answer(2)])
        nack(again, &queue)
        queue.enqueue([report(4)])
        clock.advance(.milliseconds(199))
        #expect(next(&queue).isEmpty, "the back-off grows")
        clock.advance(.milliseconds(1))
        #expect(next(&queue).map(\.control) == [answer(2), report(4)], "the newer report is enough")
    }

    @Test func `a message that waited while an earlier one was nacked replaces it`() {
        var queue = ControlQueue()
        queue.enqueue([report(1)])
        let first = next(&queue)
        queue.enqueue([report(2)])
        nack(first, &queue)
        clock.advance(.milliseconds(100))
        #expect(next(&queue).map(\.control) == [report(2)])
    }

    @Test func `on a new channel what was in flight is published again, at once`() {
        var queue = ControlQueue()
        queue.enqueue([report(1), answer(2)])
        let first = next(&queue)
        nack([first[0]], &queue)
        queue.channelOpened()
        #expect(Set(next(&queue).map(\.control)) == [report(1), answer(2)])
        queue.settled(first.map { ($0.publishID, false) }, now: clock.now)
        #expect(next(&queue).isEmpty, "outcomes of the last channel say nothing")
    }

    /// RabbitMQ 3.10 nacks for ever on a channel that knew a lost leader of the queue.
    @Test func `a recipient that nacks for 5 s is a reason for a new channel, then twice as long`() {
        var queue = ControlQueue()
        queue.enqueue([report(1)])
        func nackFor(_ time: Duration) {
            let end = clock.now.advanced(by: time)
            while clock.now < end {
                nack(next(&queue), &queue)
                clock.advance(.milliseconds(100))
            }
        }
        nackFor(.milliseconds(4900))
        #expect(queue.takeStalled(now: clock.now) == nil)
        nackFor(.milliseconds(100))
        let stalled = queue.takeStalled(now: clock.now)
        #expect(stalled?.recipient == ScriptedHandler.consumer && stalled?.failing == .seconds(5))
        queue.channelOpened()
        nackFor(.milliseconds(9900))
        #expect(queue.takeStalled(now: clock.now) == nil)
        nackFor(.milliseconds(100))
        #expect(queue.takeStalled(now: clock.now) != nil)
        queue.channelOpened()
        queue.settled(next(&queue).map { ($0.publishID, true) }, now: clock.now)
        queue.enqueue([report(2)])
        nackFor(.seconds(5))
        #expect(queue.takeStalled(now: clock.now) != nil, "one that was confirmed starts over")
    }

    @Test func `the queue is bounded`() {
        var queue = ControlQueue()
        for number in 0...Int64(ControlQueue.limit) {
            let consumer = Address(service: .waitlist, partition: Partition(number: Int(number)))
            queue.enqueue([report(number, to: consumer)])
        }
        #expect(queue.next(max: .max, now: clock.now).count == ControlQueue.limit)
    }
}

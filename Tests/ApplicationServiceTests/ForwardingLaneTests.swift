import Contracts
import Ledger
import Synchronization
import TestSupport
import Testing

@testable import ApplicationService

/// What is passed on to one partition, and when (contract section 3).
@Suite struct ForwardingLaneTests {
    private final class Channel: AckTarget {
        private let isOpen = Mutex(true)

        var isCurrent: Bool { isOpen.withLock { $0 } }

        func settle(_ tags: [UInt64]) {}
        func close() { isOpen.withLock { $0 = false } }
    }

    private let channel = Channel()
    private let start = ContinuousClock.now

    private func lane(_ tags: ClosedRange<UInt64>, bodyLength: Int = 10) -> ForwardingLane {
        var lane = ForwardingLane(to: Address(service: .application, partition: Partition(number: 1)))
        for tag in tags { lane.append(entry(tag, bodyLength: bodyLength)) }
        return lane
    }

    private func entry(_ tag: UInt64, bodyLength: Int = 10) -> ForwardingLane.Entry {
        let message = Message.response(
            VolunteerResponse(volunteerID: .trusted("\(tag)"), applicationID: .trusted("7"), status: .accepted))
        let delivery = StoredDelivery(
            queue: "application.ingress", exchange: "x", routingKey: "k", messageID: "m\(tag)",
            traceparent: "no trace", body: [UInt8](repeating: 0x20, count: bodyLength))
        return .init(
            inbound: InboundMessage(
                origin: .foreign, digest: [UInt8](repeating: UInt8(truncatingIfNeeded: tag), count: 16),
                message: message, key: message.key(for: .application), delivery: delivery),
            ackToken: AckToken(target: channel, tag: tag))
    }

    private func volunteers(_ commands: ForwardedCommands?) -> [String] {
        commands?.commands.compactMap { $0.message.volunteerID?.string } ?? []
    }

    @Test func `commands are passed on in their order, in one message at a time`() {
        var lane = lane(1...3)
        #expect(volunteers(lane.next(now: start)) == ["1", "2", "3"])
        lane.append(entry(4))
        #expect(lane.next(now: start) == nil && !lane.isDue(now: start))
        #expect(lane.confirmed().map(\.tag) == [1, 2, 3])
        #expect(lane.isDue(now: start))
        #expect(volunteers(lane.next(now: start)) == ["4"])
        #expect(lane.confirmed().map(\.tag) == [4])
        #expect(lane.next(now: start) == nil)
    }

    @Test func `a command keeps its message_id and digest, but no invalid traceparent`() {
        var lane = lane(1...1)
        let command = lane.next(now: start)?.commands.first
        #expect(command?.messageID == "m1" && command?.digest == String(repeating: "01", count: 16))
        #expect(command?.traceparent == nil)
    }

    @Test func `a message is bounded, in commands and in bytes`() {
        var many = lane(1...300)
        #expect(many.next(now: start)?.commands.count == 256)
        _ = many.confirmed()
        #expect(many.next(now: start)?.commands.count == 44)
        var large = lane(1...3, bodyLength: 100 << 10)
        #expect(large.next(now: start)?.commands.count == 2)
        _ = large.confirmed()
        var huge = lane(1...2, bodyLength: 1 << 20)
        #expect(huge.next(now: start)?.commands.count == 1)
    }

    @Test func `what is nacked is published again, before later commands`() {
        var lane = lane(1...2)
        _ = lane.next(now: start)
        lane.append(entry(3))
        let isGivenUp = lane.failed(now: start)
        #expect(!isGivenUp && !lane.isDue(now: start))
        #expect(volunteers(lane.next(now: start + .milliseconds(100))) == ["1", "2", "3"])
        lane.putBack()
        #expect(volunteers(lane.next(now: start + .milliseconds(100))) == ["1", "2", "3"], "the channel was lost")
    }

    @Test func `a queue that nacks for 5 s is given up`() {
        var lane = lane(1...1)
        var now = start
        var isGivenUp = false
        while !isGivenUp, now < start + .seconds(20) {
            if lane.next(now: now) != nil { isGivenUp = lane.failed(now: now) }
            now += .milliseconds(100)
        }
        #expect(now - start > .seconds(5) && now - start < .seconds(7))
        #expect(lane.takeAll().map(\.ackToken.tag) == [1])
        #expect(lane.next(now: now) == nil)
    }

    @Test func `a confirm ends a failure`() {
        var lane = lane(1...1)
        _ = lane.next(now: start)
        _ = lane.failed(now: start)
        _ = lane.next(now: start + .seconds(4))
        _ = lane.confirmed()
        lane.append(entry(2))
        _ = lane.next(now: start + .seconds(6))
        let isGivenUp = lane.failed(now: start + .seconds(6))
        #expect(!isGivenUp)
    }

    @Test func `what the broker delivers again is dropped`() {
        var lane = lane(1...2)
        channel.close()
        #expect(lane.next(now: start) == nil)
        #expect(lane.takeAll().isEmpty)
    }

    @Test func `nothing is published while commands are held`() {
        var lane = lane(1...1)
        lane.mode = .held
        #expect(lane.next(now: start) == nil && !lane.isDue(now: start))
        #expect(lane.takeAll().map(\.ackToken.tag) == [1])
    }
}

import Broker
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ServiceKit

@Suite struct DeliveryReaderTests {
    private let reader = DeliveryReader(address: application, partitionCount: 1, trustedUsers: ["guest"])
    private let record = Message.waitingListRecord(
        WaitingListRecord(
            userID: .trusted("5"), applicationID: .trusted("7"), timestamp: .instant(Timestamp(milliseconds: 0)),
            position: 1)
    ).encoded()

    private func delivery(
        _ body: [UInt8], user: String? = "guest", headers: [String: HeaderValue] = [:], digest: [UInt8]? = nil
    ) -> Delivery {
        Delivery(
            tag: 3, queue: "application.p00", exchange: "x", routingKey: "k",
            properties: MessageProperties(messageID: "m", userID: user, headers: headers), body: body,
            bodyDigest: digest)
    }

    private func headers(
        _ name: String = "waitlist.p00>application.p00", epoch: HeaderValue = .int(4), seq: HeaderValue = .int(9)
    ) -> [String: HeaderValue] {
        [HeaderName.stream: .string(name), HeaderName.epoch: epoch, HeaderName.seq: seq]
    }

    private let invalidStreamHeaders = "the stream headers do not identify a stream to this partition"

    private func read(_ delivery: Delivery) -> DeliveryReader.Reading {
        reader.read(delivery, ackToken: AckToken(target: AckRecorder(), tag: delivery.tag))
    }

    /// What the reader finds in a delivery, or the reason why the delivery is unreadable.
    private func reading(_ delivery: Delivery) -> String {
        switch read(delivery) {
        case .resend(let resend): "resend from \(resend.from)"
        case .input(.message(let inbound, let ackToken)): "message of \(inbound.key), tag \(ackToken.tag)"
        case .input(.unreadable(_, let reason, _)): reason
        case .input(.streamHead(let head, _)): "head \(head.head)"
        case .inputs(let inputs): "\(inputs.count) commands"
        case .marker(let marker): "marker \(marker)"
        case .streamApplied(let applied): "applied \(applied.last)"
        case .input: "not an input of a delivery"
        }
    }

    @Test func `a streamed message of a trusted user is read, with its position`() throws {
        let delivery = delivery(record, headers: headers())
        #expect(reading(delivery) == "message of 7, tag 3")
        let inbound: InboundMessage? =
            if case .input(.message(let inbound, _)) = read(delivery) { inbound } else { nil }
        let message = try #require(inbound)
        #expect(message.origin == .stream(StreamPosition(stream: stream(waitlist, application), epoch: 4, seq: 9)))
        #expect(message.delivery.messageID == "m" && message.delivery.body == record)
    }

    @Test func `a streamed message of a trusted user may carry the digest of what arrived; nothing else is a digest`() {
        func digest(_ value: HeaderValue?, user: String = "guest", _ headers: [String: HeaderValue]) -> [UInt8]? {
            var headers = headers
            headers[HeaderName.digest] = value
            guard case .input(.message(let inbound, _)) = read(delivery(record, user: user, headers: headers)) else {
                return nil
            }
            return inbound.digest
        }
        let digits = String(repeating: "0f", count: 16)
        #expect(digest(.string(digits), headers("application.p01>application.p00")) == Array(repeating: 15, count: 16))
        for value in [nil, .string(""), .string(digits + "00"), .string("F" + digits.dropFirst()), .int(7)]
            as [HeaderValue?]
        {
            #expect(digest(value, headers()) == nil, "\(String(describing: value))")
            #expect(reading(delivery(record, headers: headers())) == "message of 7, tag 3")
        }
        #expect(digest(.string(digits), user: "eve", headers()) == nil)
        #expect(digest(.string(digits), [:]) == nil)
    }

    @Test func `a streamed text that an earlier version accepted is read, a foreign one is not`() throws {
        let body = Message.cancel(CancelVolunteerApplication(applicationID: .trusted("7"), reason: "one\r\ntwo"))
            .encoded()
        #expect(reading(delivery(body, headers: headers())) == "message of 7, tag 3")
        #expect(throws: MessageError.self) {
            try InboundMessage.foreign(StoredDelivery(delivery(body)), for: .application)
        }
    }

    @Test func `users are compared by bytes`() {
        let reader = DeliveryReader(address: application, partitionCount: 1, trustedUsers: ["caf\u{e9}"])
        let delivery = delivery(record, user: "cafe\u{301}", headers: headers())
        guard case .input(.unreadable) = reader.read(delivery, ackToken: AckToken(target: AckRecorder(), tag: 3)) else {
            Issue.record("a user with the same letters in other bytes is trusted")
            return
        }
    }

    @Test(arguments: [nil, "eve", ""])
    func `a message of an untrusted user is unreadable, whatever it contains`(user: String?) {
        #expect(reading(delivery(record, user: user, headers: headers())).contains("TRUSTED_AMQP_USERS"))
    }

    @Test(arguments: [
        ("waitlist.p00>application.p01", HeaderValue.int(4), HeaderValue.int(9)),
        ("application.p00>application.p00", .int(4), .int(9)), ("nonsense", .int(4), .int(9)),
        ("waitlist.p00>application.p00", .int(0), .int(9)), ("waitlist.p00>application.p00", .int(-4), .int(9)),
        ("waitlist.p00>application.p00", .string("4"), .int(9)), ("waitlist.p00>application.p00", .int(4), .int(0)),
        ("waitlist.p00>application.p00", .int(4), .int(-1)), ("waitlist.p00>application.p00", .int(4), .string("9")),
    ])
    func `stream headers that do not identify a stream to this partition are refused`(
        name: String, epoch: HeaderValue, seq: HeaderValue
    ) {
        let delivery = delivery(record, headers: headers(name, epoch: epoch, seq: seq))
        #expect(reading(delivery) == invalidStreamHeaders)
    }

    @Test func `a stream header of another type, or without epoch and seq, is refused`() {
        var wrongType = headers()
        wrongType[HeaderName.stream] = .int(7)
        #expect(reading(delivery(record, headers: wrongType)) == invalidStreamHeaders)
        #expect(
            reading(delivery(record, headers: [HeaderName.stream: .string("waitlist.p00>application.p00")]))
                == invalidStreamHeaders)
    }

    @Test func `without stream headers only control messages are read`() {
        #expect(reading(delivery(record)) == "a message without stream headers on a partition queue")
        #expect(reading(delivery([1, 2])) == "a message without stream headers on a partition queue")
    }

    @Test func `control messages about streams of this partition are read`() {
        let incoming = stream(waitlist, application)
        let outgoing = stream(application, waitlist)
        #expect(reading(delivery(Message.streamHead(.init(stream: incoming, epoch: 1, head: 5)).encoded())) == "head 5")
        #expect(
            reading(delivery(Message.streamApplied(.init(stream: outgoing, epoch: 1, last: 6)).encoded()))
                == "applied 6")
        #expect(
            reading(delivery(Message.resend(.init(stream: outgoing, epoch: 1, from: 2)).encoded())) == "resend from 2")
    }

    @Test func `control messages about streams of other partitions are refused`() {
        let others = [stream(application, waitlist), stream(waitlist, notifier)]
        for name in others {
            #expect(
                reading(delivery(Message.streamHead(.init(stream: name, epoch: 1, head: 5)).encoded())).contains(
                    "other partitions"))
        }
        for name in [stream(waitlist, application), stream(waitlist, notifier)] {
            let applied = Message.streamApplied(.init(stream: name, epoch: 1, last: 5)).encoded()
            let resend = Message.resend(.init(stream: name, epoch: 1, from: 5)).encoded()
            #expect(reading(delivery(applied)).contains("other partitions"))
            #expect(reading(delivery(resend)).contains("other partitions"))
        }
    }

    @Test func `an unreadable streamed message keeps its position and has a reason`() throws {
        let large = delivery(record, headers: headers(), digest: Array(repeating: 0xAB, count: 32))
        #expect(reading(large) == "larger than MAX_MESSAGE_BYTES")
        let unreadable: StoredDelivery? =
            if case .input(.unreadable(let stored, _, _)) = read(large) { stored } else { nil }
        let stored = try #require(unreadable)
        #expect(stored.position == StreamPosition(stream: stream(waitlist, application), epoch: 4, seq: 9))
        #expect(stored.bodyDigest == String(repeating: "ab", count: 32))
        let garbage = reading(delivery([UInt8]("{".utf8), headers: headers()))
        #expect(!garbage.hasPrefix("message"))
    }

    // MARK: - Forwarded commands

    private func forwarded(
        _ commands: ForwardedCommands, to reader: DeliveryReader? = nil, user: String? = "guest"
    ) -> DeliveryReader.Reading {
        let delivery = Delivery(
            tag: 3, queue: "application.p00", exchange: "", routingKey: "application.p00",
            properties: MessageProperties(type: "forwarded_commands", userID: user, appID: "application.p01"),
            body: commands.encoded())
        return (reader ?? self.reader).read(delivery, ackToken: AckToken(target: AckRecorder(), tag: delivery.tag))
    }

    private func reason(_ reading: DeliveryReader.Reading) -> String? {
        if case .input(.unreadable(_, let reason, _)) = reading { reason } else { nil }
    }

    private func command(_ application: ID, _ digest: String? = nil) -> ForwardedCommand {
        ForwardedCommand(
            message: .response(
                VolunteerResponse(volunteerID: .trusted("5"), applicationID: application, status: .accepted)),
            messageID: "m5", digest: digest, traceparent: "00-a")
    }

    @Test func `forwarded commands are messages from outside, and the delivery is settled after the last`() throws {
        let digest = String(repeating: "0f", count: 16)
        let commands = [command(.trusted("7"), digest), command(.trusted("8")), command(.trusted("9"))]
        let reading = forwarded(ForwardedCommands(commands: commands))
        guard case .inputs(let inputs) = reading else { throw UnexpectedReading(reading: "\(reading)") }
        #expect(inputs.map { $0.ackToken?.isLast } == [false, false, true])
        #expect(inputs.allSatisfy { $0.ackToken?.tag == 3 })
        let inbound: [InboundMessage] = inputs.compactMap {
            if case .message(let inbound, _) = $0 { inbound } else { nil }
        }
        #expect(inbound.map(\.key.string) == ["7", "8", "9"])
        #expect(inbound.allSatisfy { $0.origin == .foreign && $0.delivery.messageID == "m5" })
        #expect(inbound.map(\.digest) == [[UInt8](repeating: 0x0F, count: 16), nil, nil])
        #expect(inbound.first?.delivery.body == command(.trusted("7")).message.encoded())
        #expect(inbound.first?.delivery.traceparent == "00-a")
    }

    private struct UnexpectedReading: Error { let reading: String }

    @Test func `commands are parked that are not for this partition, or from an untrusted user`() {
        let first = DeliveryReader(address: application, partitionCount: 8, trustedUsers: ["guest"])
        let own = ID.trusted("7")
        let partition = Partition.of(own, count: 8)
        let reader = DeliveryReader(
            address: Address(service: .application, partition: partition), partitionCount: 8, trustedUsers: ["guest"])
        #expect(reason(forwarded(.init(commands: [command(own)]), to: reader)) == nil)
        #expect(partition.number != 0)
        #expect(reason(forwarded(.init(commands: [command(own)]), to: first)) == "a command of another partition")
        #expect(
            reason(forwarded(.init(commands: [command(own)]), user: "eve"))
                == "the publisher is not one of TRUSTED_AMQP_USERS")
        let waitlist = DeliveryReader(address: waitlist, partitionCount: 1, trustedUsers: ["guest"])
        #expect(
            reason(forwarded(.init(commands: [command(own)]), to: waitlist))
                == "only ApplicationService takes commands")
        #expect(reason(forwarded(.init(commands: []))) == "no commands")
    }

    @Test func `a marker is told apart`() {
        guard case .marker("a") = forwarded(ForwardedCommands(commands: [], marker: "a")) else {
            Issue.record("not a marker")
            return
        }
    }
}

import Broker
import Contracts
import Ledger
import Testing

@testable import ServiceKit

@Suite struct DeliveryReaderTests {
    private let reader = DeliveryReader(address: here, trustedUsers: ["guest"])
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

    /// What becomes of a delivery: `message`, or the reason why it is unreadable.
    private func reading(_ delivery: Delivery) -> String {
        switch reader.read(delivery, ackToken: AckToken(target: NoBook(), tag: delivery.tag)) {
        case .resend(let resend): "resend from \(resend.from)"
        case .input(.message(let inbound, let ackToken)): "message of \(inbound.key), tag \(ackToken.tag)"
        case .input(.unreadable(_, let reason, _)): reason
        case .input(.streamHead(let head, _)): "head \(head.head)"
        case .input(.streamApplied(let applied, _)): "applied \(applied.last)"
        case .input: "something else"
        }
    }

    @Test func `a streamed message of a trusted user is read, with its number`() {
        let delivery = delivery(record, headers: headers())
        #expect(reading(delivery) == "message of 7, tag 3")
        guard
            case .input(.message(let inbound, _)) = reader.read(delivery, ackToken: AckToken(target: NoBook(), tag: 3))
        else {
            return
        }
        #expect(inbound.origin == .stream(StreamPosition(stream: stream(waitlist, here), epoch: 4, seq: 9)))
        #expect(inbound.delivery.messageID == "m" && inbound.delivery.body == record)
    }

    @Test(arguments: [nil, "eve", ""])
    func `whoever is not trusted is not heard, whatever the message says`(user: String?) {
        #expect(reading(delivery(record, user: user, headers: headers())).contains("TRUSTED_AMQP_USERS"))
    }

    @Test(arguments: [
        ("waitlist.p00>application.p01", HeaderValue.int(4), HeaderValue.int(9)),
        ("application.p00>application.p00", .int(4), .int(9)), ("nonsense", .int(4), .int(9)),
        ("waitlist.p00>application.p00", .int(0), .int(9)), ("waitlist.p00>application.p00", .int(-4), .int(9)),
        ("waitlist.p00>application.p00", .string("4"), .int(9)), ("waitlist.p00>application.p00", .int(4), .int(0)),
        ("waitlist.p00>application.p00", .int(4), .int(-1)), ("waitlist.p00>application.p00", .int(4), .string("9")),
    ])
    func `headers that name no stream to here are refused`(name: String, epoch: HeaderValue, seq: HeaderValue) {
        let delivery = delivery(record, headers: headers(name, epoch: epoch, seq: seq))
        #expect(reading(delivery) == "the stream headers name no stream to here")
    }

    @Test func `a stream header of another kind, or without numbers, is refused`() {
        var odd = headers()
        odd[HeaderName.stream] = .int(7)
        #expect(reading(delivery(record, headers: odd)) == "the stream headers name no stream to here")
        #expect(
            reading(delivery(record, headers: [HeaderName.stream: .string("waitlist.p00>application.p00")]))
                == "the stream headers name no stream to here")
    }

    @Test func `without stream headers only control messages are read`() {
        #expect(reading(delivery(record)) == "a message without stream headers on a partition queue")
        #expect(reading(delivery([1, 2])) == "a message without stream headers on a partition queue")
    }

    @Test func `control messages about streams of here are read`() {
        let incoming = stream(waitlist, here)
        let outgoing = stream(here, waitlist)
        #expect(reading(delivery(Message.streamHead(.init(stream: incoming, epoch: 1, head: 5)).encoded())) == "head 5")
        #expect(
            reading(delivery(Message.streamApplied(.init(stream: outgoing, epoch: 1, last: 6)).encoded()))
                == "applied 6")
        #expect(
            reading(delivery(Message.resend(.init(stream: outgoing, epoch: 1, from: 2)).encoded())) == "resend from 2")
    }

    @Test func `control messages about somebody else's streams are refused`() {
        let others = [stream(here, waitlist), stream(waitlist, stranger)]
        for name in others {
            #expect(
                reading(delivery(Message.streamHead(.init(stream: name, epoch: 1, head: 5)).encoded())).contains(
                    "somebody else"))
        }
        for name in [stream(waitlist, here), stream(waitlist, stranger)] {
            let applied = Message.streamApplied(.init(stream: name, epoch: 1, last: 5)).encoded()
            let resend = Message.resend(.init(stream: name, epoch: 1, from: 5)).encoded()
            #expect(reading(delivery(applied)).contains("somebody else"))
            #expect(reading(delivery(resend)).contains("somebody else"))
        }
    }

    @Test func `what is too large, or no message, keeps its stream headers and its reason`() {
        let large = delivery(record, headers: headers(), digest: Array(repeating: 0xAB, count: 32))
        #expect(reading(large) == "larger than MAX_MESSAGE_BYTES")
        guard case .input(.unreadable(let raw, _, _)) = reader.read(large, ackToken: AckToken(target: NoBook(), tag: 3))
        else {
            return
        }
        #expect(raw.position == StreamPosition(stream: stream(waitlist, here), epoch: 4, seq: 9))
        #expect(raw.bodyDigest == String(repeating: "ab", count: 32))
        let garbage = reading(delivery([UInt8]("{".utf8), headers: headers()))
        #expect(!garbage.hasPrefix("message"))
    }
}

package import Broker
import Contracts
import Foundation
import Ledger
import ServiceKit

/// Deliveries on a partition's queue: who speaks, in which stream, and what (contract sections 3 and 4).
extension Subject {
    private static let here = Address(service: .application, partition: Partition(number: 0))
    private static let reader = DeliveryReader(address: here, trustedUsers: ["guest"])

    static let delivery = Subject(
        "delivery",
        seeds: Corpus.messages.flatMap { body in
            // A trusted one in a stream, and a trusted one without.
            [[1, 1, 1, 0, 0, 0, 0, 0, 0] + body, [1, 0, 0, 0, 0] + body]
        },
        vary: { [bodies = JSONMutator(names: Corpus.names), bytes = ByteMutator(pieces: [])] dice, base, other in
            // The head is varied alone as often as the body, which is so much longer.
            let head = Array(base.prefix(24))
            if dice.isOne(in: 2) { return bytes.vary(&dice, head, other) + base.dropFirst(24) }
            let cut = min(base.count, dice.pick([5, 9, 9, 9, 24]))
            return Array(base[..<cut]) + bodies.vary(&dice, Array(base[cut...]), other)
        },
        judge: { input throws(Flaw) in
            var reel = Reel(input)
            let delivery = reel.delivery()
            let reading = reader.read(delivery, ackToken: AckToken(target: NoBook(), tag: delivery.tag))
            switch reading {
            case .resend(let resend):
                try require(resend.stream.producer == here, "somebody else's stream is sent again")
                return "resend"
            case .input(.unreadable(let raw, let reason, _)):
                try requireFit(reason, about: delivery.body)
                try require(raw.body == delivery.body, "a parked body is another")
                try requireKept(raw)
                return "unreadable \(raw.position != nil) \(reason.filter { !$0.isNumber }.prefix(40))"
            case .input(.message(let inbound, _)):
                guard case .stream(let position) = inbound.origin else { throw Flaw("a stranger has come in") }
                try require(delivery.properties.userID == "guest", "one who is not trusted was heard")
                try require(position.stream.consumer == here && position.stream.producer != here, "a stream of others")
                try require(position.epoch > 0 && position.seq > 0, "a stream's number is out of range")
                try requireKept(inbound.delivery)
                return "message \(inbound.message.action) \(inbound.delivery.traceparent != nil)"
            case .input(.streamHead(let head, _)):
                try require(head.stream.consumer == here, "a head of somebody else's stream")
                return "head"
            case .input(.streamApplied(let applied, _)):
                try require(applied.stream.producer == here, "a report on somebody else's stream")
                return "applied"
            case .input: throw Flaw("a delivery is something else than a delivery")
            }
        })

    /// What is kept in the file is what came.
    private static func requireKept(_ raw: StoredDelivery) throws(Flaw) {
        var again = (try? JSONEncoder().encode(raw)).flatMap {
            try? JSONDecoder().decode(StoredDelivery.self, from: $0)
        }
        again?.body = raw.body
        try require(again == raw, "a delivery that is kept is another")
    }
}

/// A channel whose deliveries nobody settles here.
private final class NoBook: AckTarget {
    let isCurrent = true

    func settle(_ tags: [UInt64]) {}
}

/// Takes an input for a reel of choices: each byte decides something, and the end decides for the first choice.
package struct Reel {
    private var rest: ArraySlice<UInt8>

    package init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    private mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    private mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    private mutating func text() -> String {
        let choice = byte()
        if choice % 4 == 0 {
            return String(decoding: Odd.texts[Int(byte()) % Odd.texts.count], as: UTF8.self)
        }
        return String(decoding: bytes(Int(choice)), as: UTF8.self)
    }

    private mutating func number() -> Int64 {
        let choices: [Int64] = [1, 0, -1, .max, .min, .max - 1, 1_795_253_400_000, 2]
        return choices[Int(byte()) % choices.count]
    }

    /// A header's value of any kind, nested up to a depth that the house's reader no longer follows.
    package mutating func value(depth: Int = 0) -> HeaderValue {
        switch byte() % 10 {
        case 0: return .int(number())
        case 1: return .string(text())
        case 2: return .bool(byte() % 2 == 0)
        // The broker closes the connection of whoever sends what is no number.
        case 3: return .double(Double(number()) / 3)
        case 4: return .bytes(bytes(Int(byte())))
        case 5 where depth < 20: return .table(table(depth: depth + 1))
        case 6 where depth < 20: return .array((0..<Int(byte() % 4)).map { _ in value(depth: depth + 1) })
        case 7 where depth < 20:
            // Straight down.
            var value = value(depth: 20)
            for _ in 0..<(byte() % 32) { value = .array([value]) }
            return value
        case 8: return .int(Int64(byte()))
        default: return .null
        }
    }

    package mutating func table(depth: Int = 0) -> [String: HeaderValue] {
        var table: [String: HeaderValue] = [:]
        for _ in 0..<(byte() % 6) { table[text()] = value(depth: depth) }
        return table
    }

    /// Five bytes of choices, for a stream four more, and then the body; odd headers before it where a choice says so.
    mutating func delivery() -> Delivery {
        let users = [nil, "guest", "eve", "", "Guest", "guest\0"]
        let user = users[Int(byte()) % users.count]
        let names = [
            nil, "waitlist.p00>application.p00", "notifier.p07>application.p00", "application.p00>application.p00",
            "waitlist.p00>application.p01", "nonsense", "waitlist.p00>application.p00\0",
            "application.p00>waitlist.p00",
        ]
        var headers: [String: HeaderValue] = [:]
        let (stream, kind, trace, odd) = (byte(), byte(), byte(), byte())
        if let name = names[Int(stream) % names.count] {
            headers[HeaderName.stream] = kind == 1 ? .string(name) : value()
            headers[HeaderName.epoch] = .int(number())
            headers[HeaderName.seq] = .int(number())
            if byte() > 128 { headers[HeaderName.seq] = value() }
            if byte() > 128 { headers[HeaderName.epoch] = value() }
        }
        if trace > 0 { headers[HeaderName.traceparent] = trace > 128 ? value() : .string("00-\(text())") }
        if odd > 1 { headers.merge(table()) { $1 } }
        var properties = MessageProperties(messageID: odd > 2 ? text() : nil, userID: user, headers: headers)
        if odd > 128 { (properties.type, properties.appID, properties.contentType) = (text(), text(), text()) }
        let isLarge = odd == 255
        return Delivery(
            tag: 3, queue: "application.p00", exchange: odd > 3 ? text() : "x", routingKey: odd > 4 ? text() : "k",
            properties: properties, body: Array(rest), bodyDigest: isLarge ? [UInt8](repeating: 0xab, count: 32) : nil)
    }
}

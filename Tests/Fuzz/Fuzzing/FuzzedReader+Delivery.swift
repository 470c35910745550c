import Broker
import Contracts
import Foundation
import Ledger
import SeededRandom
import ServiceKit

/// Deliveries on a partition's queue: sender, stream headers and body (contract sections 3 and 4).
extension FuzzedReader {
    private static let here = Address(service: .application, partition: Partition(number: 0))
    private static let deliveryReader = DeliveryReader(address: here, partitionCount: 1, trustedUsers: ["guest"])

    static let delivery = FuzzedReader(
        "delivery",
        seeds: Corpus.messages.flatMap { body in
            // From a trusted user, with and without a stream.
            [[1, 1, 1, 0, 0, 0, 0, 0, 0] + body, [1, 0, 0, 0, 0] + body]
        } + Corpus.forwardedCommands.map { [1, 0, 0, 0, FuzzedDataProvider.forwardedCommands] + $0 },
        mutate: { [bodies = JSONMutator(names: Corpus.names), bytes = ByteMutator(tokens: [])] base, other, random in
            // In half of the inputs only the bytes before the body change; the body is much longer.
            let head = Array(base.prefix(24))
            if random.oneIn(2) { return bytes.mutate(head, splicing: other, &random) + base.dropFirst(24) }
            let cut = min(base.count, random.element(of: [5, 9, 9, 9, 24]))
            return Array(base[..<cut]) + bodies.mutate(Array(base[cut...]), splicing: other, &random)
        },
        check: { input throws(Violation) in
            var data = FuzzedDataProvider(input)
            let delivery = data.delivery()
            let reading = deliveryReader.read(
                delivery, ackToken: AckToken(target: DiscardingAckTarget(), tag: delivery.tag))
            switch reading {
            case .resend(let resend):
                try require(resend.stream.producer == here, "another partition's stream is sent again")
                return "resend"
            case .input(.unreadable(let raw, let reason, _)):
                try requirePresentable(reason, about: delivery.body)
                try require(raw.body == delivery.body, "a parked body changes")
                try requireStorable(raw)
                return "unreadable \(raw.position != nil) \(reason.filter { !$0.isNumber }.prefix(40))"
            case .input(.message(let inbound, _)):
                guard case .stream(let position) = inbound.origin else {
                    throw Violation("a message outside a stream is accepted")
                }
                try require(delivery.properties.userID == "guest", "a message of an untrusted user is accepted")
                try require(
                    position.stream.consumer == here && position.stream.producer != here,
                    "a message of another partition's stream is accepted")
                try require(position.epoch > 0 && position.seq > 0, "an epoch or seq is out of range")
                try requireStorable(inbound.delivery)
                return "message \(inbound.message.action) \(inbound.delivery.traceparent != nil)"
            case .input(.streamHead(let head, _)):
                try require(head.stream.consumer == here, "the head of another partition's stream is accepted")
                return "head"
            case .inputs(let inputs):
                try require(delivery.properties.userID == "guest", "commands of an untrusted user are accepted")
                for case .message(let inbound, let token) in inputs {
                    try require(inbound.origin == .foreign, "a forwarded command is in a stream")
                    try requireStorable(inbound.delivery)
                    try require(token.tag == delivery.tag, "another delivery is settled")
                }
                try require(inputs.count { $0.ackToken?.isLast == true } == 1, "a delivery is not settled once")
                return "commands \(inputs.count)"
            case .marker: return "marker"
            case .streamApplied(let applied):
                try require(applied.stream.producer == here, "a report on another partition's stream is accepted")
                return "applied"
            case .input: throw Violation("a delivery is read as another kind of input")
            }
        })

    /// A delivery is read from the file as it was stored.
    private static func requireStorable(_ raw: StoredDelivery) throws(Violation) {
        var again = (try? JSONEncoder().encode(raw)).flatMap {
            try? JSONDecoder().decode(StoredDelivery.self, from: $0)
        }
        again?.body = raw.body
        try require(again == raw, "a stored delivery changes")
    }
}

/// Nothing is acked here.
private final class DiscardingAckTarget: AckTarget {
    let isCurrent = true

    func settle(_ tags: [UInt64]) {}
}

import Broker
import Contracts
import Foundation
import Ledger

/// Names of streams, addresses and partitions, ids, and the broker's URL.
extension FuzzedReader {
    static let name = FuzzedReader(
        "name",
        seeds: [
            "application.p00>waitlist.p00", "waitlist.p12>application.p999", "notifier.p00>notifications",
            "notifier.p00", "p00", "p07", "p9999", "application.p00", "notifier.p00>", "a.p00>b.p00",
        ],
        tokens: [">", ".", "p", "p00", "p10", "application", "waitlist", "notifier", "00", "۷", "p-1", "p+1"],
        check: { text throws(Violation) in
            var outcome: [String] = []
            if let stream = StreamName(parsing: text) {
                try require(same(stream.string, text), "a stream's name changes when read and written")
                outcome.append("stream")
            }
            if let outboxStream = OutboxStreamName(parsing: text) {
                try require(
                    same(outboxStream.description, text), "an outbox stream's name changes when read and written")
                let isStream = StreamName(parsing: text) != nil
                try require((outboxStream.stream != nil) == isStream, "an outbox stream loses its stream")
                outcome.append("outbox")
            }
            if let address = Address(parsing: text) {
                try require(same(address.name, text), "an address changes when read and written")
                outcome.append("address")
            }
            if let partition = Partition(name: text) {
                try require(same(partition.name, text), "a partition's name changes when read and written")
                try require((0...9999).contains(partition.number), "a partition's number is out of range")
                outcome.append("partition")
            }
            for count in [-1, 0, 1, 3, 1000, Int.max] {
                let partition = Partition.of(key: text, count: count)
                try require((0..<max(1, count)).contains(partition.number), "a key's partition is out of range")
            }
            return outcome.isEmpty ? "refused" : outcome.joined(separator: " ")
        })

    static let id = FuzzedReader(
        "id",
        seeds: ["0", "456", "007", "volunteer789", "999999999999999", "1000000000000000", "é", "e\u{301}", "🧹", " "],
        tokens: ["\u{85}", "\u{a0}", "\u{2028}", "*", "#", "\0"],
        check: { text throws(Violation) in
            let number = Int64(text).flatMap { ID(number: $0) }
            if let number {
                try require(Limits.idNumbers.contains(Int64(number.string) ?? -1), "an id's number is out of range")
            }
            let id: ID
            do throws(MessageError) {
                id = try ID(text)
            } catch {
                try requirePresentable(error.description, about: Array(text.utf8))
                return "refused"
            }
            try require(same(id.string, text), "an id differs from its text")
            if id.isWrittenAsNumber { try require(number == id, "an id changes when written as a number") }
            let messages: [Message] = [
                .cancel(CancelVolunteerApplication(applicationID: id)),
                .waitingListRecord(
                    WaitingListRecord(userID: id, applicationID: id, timestamp: .instant(.earliest), position: 1)),
            ]
            for message in messages {
                guard let again = try? Message(parsing: message.encoded()), let read = again.applicationID else {
                    throw Violation("a written id cannot be read")
                }
                try require(same(read.string, text), "an id changes when written and read")
            }
            return id.isWrittenAsNumber ? "number" : "text"
        })

    /// The password, which no error text and no description may contain.
    private static let secret = "geheim77"

    static let url = FuzzedReader(
        "url",
        seeds: [
            "amqp://guest:\(secret)@127.0.0.1:5672/", "amqps://anna:\(secret)@broker.example:5671/%2Fprod?heartbeat=20",
            "amqp://[::1]:5672/vhost", "amqp://host", "AMQP://u%40x:\(secret)@h/%D0%B8", "amqp://:\(secret)@h/",
            "amqp://a:\(secret)@h:65536/", "amqp://a:\(secret)@h/a/b", "http://a:\(secret)@h/",
        ],
        tokens: [
            "amqp://", "amqps://", "@", ":", "/", "%2F", "%00", "%0A", "%1B", "%FF", "%", "?", "heartbeat=", "&", "=",
            "[", "]", "#", "[::1]", "9223372036854775808", "99999999999999999999", "-1",
        ],
        check: { text throws(Violation) in
            let endpoint: BrokerEndpoint
            do throws(BrokerError) {
                endpoint = try BrokerEndpoint(url: text)
            } catch {
                try requirePresentable(error.description, about: Array(text.utf8))
                try require(!error.description.contains(secret), "an error text contains the password")
                return error.detail
            }
            let shown = endpoint.description
            try require((1...65535).contains(endpoint.port) && !endpoint.host.isEmpty, "the address is not valid")
            try require(
                endpoint.heartbeat >= .seconds(1) && endpoint.heartbeat <= .seconds(65535),
                "the heartbeat is out of range")
            for part in [endpoint.user, endpoint.host, endpoint.virtualHost] {
                try require(!part.utf8.contains(0), "a part has a NUL, at which librabbitmq stops reading")
                try require(part.utf8.count <= 255, "a part is longer than AMQP allows")
            }
            let isClean = shown.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            try require(isClean, "a description has control characters")
            // In other places the text is not the password.
            if text.components(separatedBy: secret).count == 2, text.contains(":\(secret)@") {
                try require(!shown.contains(secret), "a description contains the password")
            }
            guard let again = try? BrokerEndpoint(url: shown, heartbeat: endpoint.heartbeat) else {
                throw Violation("a description cannot be read")
            }
            try require(
                again.user == endpoint.user && again.host == endpoint.host && again.port == endpoint.port
                    && again.virtualHost == endpoint.virtualHost && again.isSecure == endpoint.isSecure,
                "a description differs from its endpoint")
            return "read \(endpoint.isSecure) \(endpoint.virtualHost == "/") \(endpoint.user == "guest")"
        })

    /// Compares bytes: two normal forms of one letter are different names.
    private static func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}

import Broker
import Contracts
import Foundation
import Ledger

/// Names of streams, lanes, addresses and partitions, ids, and the broker's address.
extension Subject {
    static let name = Subject(
        "name",
        seeds: [
            "application.p00>waitlist.p00", "waitlist.p12>application.p999", "notifier.p00>notifications",
            "notifier.p00", "p00", "p07", "p9999", "application.p00", "notifier.p00>", "a.p00>b.p00",
        ],
        pieces: [">", ".", "p", "p00", "p10", "application", "waitlist", "notifier", "00", "۷", "p-1", "p+1"],
        judge: { text throws(Flaw) in
            var answer: [String] = []
            if let stream = StreamName(parsing: text) {
                try require(same(stream.string, text), "a stream's name is written in another way than it was read")
                answer.append("stream")
            }
            if let lane = OutboxStreamName(parsing: text) {
                try require(same(lane.description, text), "a lane's name is written in another way than it was read")
                try require((lane.stream != nil) == (StreamName(parsing: text) != nil), "a lane forgets its stream")
                answer.append("lane")
            }
            if let address = Address(parsing: text) {
                try require(same(address.name, text), "an address is written in another way than it was read")
                answer.append("address")
            }
            if let partition = Partition(name: text) {
                try require(same(partition.name, text), "a partition's name is written in another way than it was read")
                try require((0...9999).contains(partition.number), "a partition has an odd number")
                answer.append("partition")
            }
            for count in [-1, 0, 1, 3, 1000, Int.max] {
                let partition = Partition.of(key: text, count: count)
                try require((0..<max(1, count)).contains(partition.number), "a key belongs to no partition")
            }
            return answer.isEmpty ? "refused" : answer.joined(separator: " ")
        })

    static let id = Subject(
        "id",
        seeds: ["0", "456", "007", "volunteer789", "999999999999999", "1000000000000000", "é", "e\u{301}", "🧹", " "],
        pieces: ["\u{85}", "\u{a0}", "\u{2028}", "*", "#", "\0"],
        judge: { text throws(Flaw) in
            let number = Int64(text).flatMap { ID(number: $0) }
            if let number {
                try require(Limits.idNumbers.contains(Int64(number.string) ?? -1), "a number out of range is an id")
            }
            let id: ID
            do throws(MessageError) {
                id = try ID(text)
            } catch {
                try requireFit(error.description, about: Array(text.utf8))
                return "refused"
            }
            try require(same(id.string, text), "an id is not its text")
            if id.isWrittenAsNumber { try require(number == id, "an id that is written as a number is another") }
            let messages: [Message] = [
                .cancel(CancelVolunteerApplication(applicationID: id)),
                .waitingListRecord(
                    WaitingListRecord(userID: id, applicationID: id, timestamp: .instant(.earliest), position: 1)),
            ]
            for message in messages {
                guard let again = try? Message(parsing: message.encoded()), let read = again.applicationID else {
                    throw Flaw("an id that is written is not read")
                }
                try require(same(read.string, text), "an id is read as another one")
            }
            return id.isWrittenAsNumber ? "number" : "text"
        })

    /// The word that no complaint and no description may say.
    private static let secret = "geheim77"

    static let url = Subject(
        "url",
        seeds: [
            "amqp://guest:\(secret)@127.0.0.1:5672/", "amqps://anna:\(secret)@broker.example:5671/%2Fprod?heartbeat=20",
            "amqp://[::1]:5672/vhost", "amqp://host", "AMQP://u%40x:\(secret)@h/%D0%B8", "amqp://:\(secret)@h/",
            "amqp://a:\(secret)@h:65536/", "amqp://a:\(secret)@h/a/b", "http://a:\(secret)@h/",
        ],
        pieces: [
            "amqp://", "amqps://", "@", ":", "/", "%2F", "%00", "%0A", "%1B", "%FF", "%", "?", "heartbeat=", "&", "=",
            "[", "]", "#", "[::1]", "9223372036854775808", "99999999999999999999", "-1",
        ],
        judge: { text throws(Flaw) in
            let endpoint: BrokerEndpoint
            do throws(BrokerError) {
                endpoint = try BrokerEndpoint(url: text)
            } catch {
                try requireFit(error.description, about: Array(text.utf8))
                try require(!error.description.contains(secret), "a complaint says the password")
                return error.detail
            }
            let shown = endpoint.description
            try require((1...65535).contains(endpoint.port) && !endpoint.host.isEmpty, "there is no such address")
            try require(
                endpoint.heartbeat >= .seconds(1) && endpoint.heartbeat <= .seconds(65535), "no such heartbeat")
            for part in [endpoint.user, endpoint.host, endpoint.virtualHost] {
                try require(!part.utf8.contains(0), "a part has a NUL, where the library stops reading")
                try require(part.utf8.count <= 255, "a part is longer than AMQP can say")
            }
            let isClean = shown.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            try require(isClean, "a description has control characters")
            // Elsewhere it is no password.
            if text.components(separatedBy: secret).count == 2, text.contains(":\(secret)@") {
                try require(!shown.contains(secret), "a description says the password")
            }
            guard let again = try? BrokerEndpoint(url: shown, heartbeat: endpoint.heartbeat) else {
                throw Flaw("a description is not read again")
            }
            try require(
                again.user == endpoint.user && again.host == endpoint.host && again.port == endpoint.port
                    && again.virtualHost == endpoint.virtualHost && again.isSecure == endpoint.isSecure,
                "a description is read as something else")
            return "read \(endpoint.isSecure) \(endpoint.virtualHost == "/") \(endpoint.user == "guest")"
        })

    /// Byte by byte: two forms of one letter are two names.
    private static func same(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }
}

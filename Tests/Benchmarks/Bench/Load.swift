import Broker
import BrokerTesting
import Contracts
import Foundation

/// The foreign messages of a benchmark: responses of many volunteers to 100 applications with spots for all.
struct Load {
    static let applications = 100

    static func creates(prefix: String) -> [OutgoingMessage] {
        (0..<applications).map { number in
            create(id(prefix, number), spots: 100_000, messageID: "\(prefix)-create-\(number)")
        }
    }

    static func create(_ application: ID, spots: Int, messageID: String) -> OutgoingMessage {
        let create = CreateVolunteerApplication(
            fundID: .trusted("1"), applicationID: application, availableSpots: spots,
            description: "Помощь в уборке территории парка", name: "Помощь в уборке территории",
            date: CivilDate(parsingOrEpoch: "2035-12-09"), startTime: CivilTime(parsingOrMidnight: "14:00:00"),
            endTime: CivilTime(parsingOrMidnight: "18:00:00"), timeZone: nil)
        return message(.create(create), id: messageID)
    }

    static func responses(prefix: String, _ numbers: Range<Int>) -> [OutgoingMessage] {
        numbers.map { number in
            let response = VolunteerResponse(
                volunteerID: .trusted(String(number)), applicationID: id(prefix, number % applications),
                status: .accepted)
            return message(.response(response), id: "\(prefix)-\(number)")
        }
    }

    private static func id(_ prefix: String, _ number: Int) -> ID { .trusted("\(prefix)-\(number)") }

    static func message(_ message: Message, id: String) -> OutgoingMessage {
        var properties = MessageProperties()
        properties.contentType = "application/json"
        properties.deliveryMode = 2
        properties.messageID = id
        return OutgoingMessage(
            exchange: Exchange.waiting, routingKey: message.action.rawValue, properties: properties,
            body: message.encoded())
    }

    /// The number of publishing connections, each with up to 1,000 unconfirmed messages: the load must never be the
    /// bottleneck.
    private static let publishers = 4

    /// Publishes with confirms, as fast as the broker accepts, in background threads with their own connections.
    static func publish(_ count: Int, to url: String, make: @escaping @Sendable (Range<Int>) -> [OutgoingMessage]) {
        Thread {
            do {
                try publishAll(count, to: url, make: make)
            } catch {
                FileHandle.standardError.write(Data("bench: load: \(error)\n".utf8))
                exit(1)
            }
        }.start()
    }

    /// The same, but returns when the broker has confirmed everything.
    static func publishAll(
        _ count: Int, to url: String, make: @escaping @Sendable (Range<Int>) -> [OutgoingMessage]
    ) throws {
        let parts = (0..<publishers).map { publisher in
            Background {
                let session = try BlockingClient.connect(url: url, name: "load \(publisher)")
                defer { session.close() }
                for first in stride(from: publisher * 1000, to: count, by: publishers * 1000) {
                    let outcomes = try session.publishBatch(make(first..<min(count, first + 1000)))
                    if outcomes.contains(where: { $0 != .confirmed }) {
                        throw BenchError("the broker did not confirm the load")
                    }
                }
            }
        }
        for part in parts { try part.value() }
    }
}

extension CivilDate {
    init(parsingOrEpoch text: String) {
        self = (try? CivilDate(parsing: text)) ?? CivilClock.civil(Timestamp(milliseconds: 0), in: .gmt).0
    }
}

extension CivilTime {
    init(parsingOrMidnight text: String) {
        self = (try? CivilTime(parsing: text)) ?? CivilClock.civil(Timestamp(milliseconds: 0), in: .gmt).1
    }
}

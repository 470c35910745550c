import Broker
import Contracts
import Foundation
import TestSupport

/// Publishes foreign messages: commands with bare routing keys, mandatory and confirmed.
extension TestSystem {
    /// - Parameter exchange: by default E1 for commands, and E2 for messages that only the system may send.
    func send(
        _ message: Message, messageID: String? = nil, exchange: String? = nil, routingKey: String? = nil,
        headers: [String: HeaderValue] = [:]
    ) async throws {
        try await brokerClient.publish([
            foreign(message, messageID: messageID, exchange: exchange, routingKey: routingKey, headers: headers)
        ])
    }

    /// Publishes all messages, pipelined, in this order.
    func send(_ messages: [Message]) async throws {
        try await brokerClient.publish(messages.map { foreign($0) })
    }

    func sendRaw(
        _ body: [UInt8], exchange: String = Exchange.waiting, routingKey: String,
        properties: MessageProperties = MessageProperties(contentType: "application/json", deliveryMode: 2)
    ) async throws {
        try await brokerClient.publish([
            OutgoingMessage(exchange: exchange, routingKey: routingKey, properties: properties, body: body)
        ])
    }

    func sendRaw(
        _ body: String, exchange: String = Exchange.waiting, routingKey: String,
        properties: MessageProperties = MessageProperties(contentType: "application/json", deliveryMode: 2)
    ) async throws {
        try await sendRaw(Array(body.utf8), exchange: exchange, routingKey: routingKey, properties: properties)
    }

    func foreign(
        _ message: Message, messageID: String? = nil, exchange: String? = nil, routingKey: String? = nil,
        headers: [String: HeaderValue] = [:]
    ) -> OutgoingMessage {
        let isReserved = message.action == .notifyFreeSpot || message.action == .spotStatus
        return OutgoingMessage(
            exchange: exchange ?? (isReserved ? Exchange.spotUpdates : Exchange.waiting),
            routingKey: routingKey ?? message.action.rawValue,
            properties: MessageProperties(
                contentType: "application/json", messageID: messageID, deliveryMode: 2, headers: headers),
            body: message.encoded())
    }

    // MARK: - Shorthands

    /// Creates an application that lasts two hours.
    /// - Parameter startsIn: the time until the start; negative for the past. The start is in whole seconds of UTC.
    func create(
        _ id: ID, spots: Int, startsIn: Duration = .seconds(30 * 86_400), name: String = "Помощь в уборке территории",
        fund: ID = 123, timeZone: String? = "UTC", messageID: String? = nil
    ) async throws {
        let message = Message.create(
            .sample(id, spots: spots, startsIn: startsIn, name: name, fund: fund, timeZone: timeZone))
        try await send(message, messageID: messageID)
    }

    func accept(_ volunteer: ID, _ id: ID, messageID: String? = nil) async throws {
        try await send(.accepted(volunteer, id), messageID: messageID)
    }

    func decline(_ volunteer: ID, _ id: ID, messageID: String? = nil) async throws {
        try await send(.declined(volunteer, id), messageID: messageID)
    }

    func update(_ id: ID, spots: Int? = nil, name: String? = nil, startsIn: Duration? = nil) async throws {
        try await send(.update(.sample(id, spots: spots, name: name, startsIn: startsIn)))
    }

    func cancel(_ id: ID, reason: String? = nil) async throws {
        try await send(.cancel(CancelVolunteerApplication(applicationID: id, reason: reason)))
    }
}

extension Message {
    static func accepted(_ volunteer: ID, _ id: ID) -> Message {
        .response(VolunteerResponse(volunteerID: volunteer, applicationID: id, status: .accepted))
    }

    static func declined(_ volunteer: ID, _ id: ID) -> Message {
        .response(VolunteerResponse(volunteerID: volunteer, applicationID: id, status: .declined))
    }
}

extension CreateVolunteerApplication {
    static func sample(
        _ id: ID, spots: Int, startsIn: Duration = .seconds(30 * 86_400), name: String = "Помощь в уборке территории",
        fund: ID = 123, timeZone: String? = "UTC"
    ) -> CreateVolunteerApplication {
        let (date, start) = CivilClock.civil(Timestamp.now().advanced(by: startsIn), in: .gmt)
        let (_, end) = CivilClock.civil(Timestamp.now().advanced(by: startsIn + .seconds(7200)), in: .gmt)
        return CreateVolunteerApplication(
            fundID: fund, applicationID: id, availableSpots: spots, description: "Помощь в уборке территории парка",
            name: name, date: date, startTime: start, endTime: end, timeZone: timeZone)
    }

    /// When it starts, provided that its time zone is UTC.
    var startsAt: Timestamp { CivilClock.timestamp(date, startTime, in: .gmt) }
}

extension UpdateVolunteerApplication {
    static func sample(
        _ id: ID, spots: Int? = nil, name: String? = nil, startsIn: Duration? = nil
    ) -> UpdateVolunteerApplication {
        var update = UpdateVolunteerApplication(applicationID: id, availableSpots: spots, name: name)
        if let startsIn {
            let (date, start) = CivilClock.civil(Timestamp.now().advanced(by: startsIn), in: .gmt)
            update.date = date
            update.startTime = start
            update.timeZone = "UTC"
        }
        return update
    }

    var startsAt: Timestamp? {
        guard let date, let startTime else { return nil }
        return CivilClock.timestamp(date, startTime, in: .gmt)
    }
}

extension TestSystem {
    /// Publishes over several connections at once. Each connection keeps its order; the broker interleaves them.
    func sendInParallel(_ messages: [Message], connections: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<connections {
                let share = messages.indices.filter { $0 % connections == number }.map { foreign(messages[$0]) }
                group.addTask { [url] in
                    let client = BrokerClient(url: url)
                    do {
                        try await client.publish(share)
                    } catch {
                        await client.close()
                        throw error
                    }
                    await client.close()
                }
            }
            try await group.waitForAll()
        }
    }
}

import Broker
import Contracts
import Foundation
import TestSupport

/// The world's words: commands with bare routing keys, confirmed and mandatory.
extension Stage {
    /// - Parameter exchange: E1 for commands, E2 for what only the system may say, unless it is given.
    func send(
        _ message: Message, messageID: String? = nil, exchange: String? = nil, routingKey: String? = nil,
        headers: [String: HeaderValue] = [:]
    ) async throws {
        try await outside.publish([
            foreign(message, messageID: messageID, exchange: exchange, routingKey: routingKey, headers: headers)
        ])
    }

    /// All of them pipelined, in this order.
    func send(_ messages: [Message]) async throws {
        try await outside.publish(messages.map { foreign($0) })
    }

    func sendRaw(
        _ body: [UInt8], exchange: String = Exchange.waiting, routingKey: String,
        properties: MessageProperties = MessageProperties(contentType: "application/json", deliveryMode: 2)
    ) async throws {
        try await outside.publish([
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
        let isSystems = message.action == .notifyFreeSpot || message.action == .spotStatus
        return OutgoingMessage(
            exchange: exchange ?? (isSystems ? Exchange.spotUpdates : Exchange.waiting),
            routingKey: routingKey ?? message.action.rawValue,
            properties: MessageProperties(
                contentType: "application/json", messageID: messageID, deliveryMode: 2, headers: headers),
            body: message.encoded())
    }

    // MARK: - Shorthands

    /// - Parameter startsIn: cut to whole seconds, in UTC; negative for the past. Two hours long.
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

    /// When it starts, if it names no zone but UTC.
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

extension Stage {
    /// Over several connections at once: what is sent over one keeps its order, the rest is the broker's choice.
    func sendInParallel(_ messages: [Message], connections: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<connections {
                let share = messages.indices.filter { $0 % connections == number }.map { foreign(messages[$0]) }
                group.addTask { [url] in
                    let outside = Outside(url: url)
                    do {
                        try await outside.publish(share)
                    } catch {
                        await outside.close()
                        throw error
                    }
                    await outside.close()
                }
            }
            try await group.waitForAll()
        }
    }
}

package import Contracts

/// What is posted of an event (Standard Webhooks): `{"type", "timestamp", "data"}`.
package enum EventBody {
    private enum Key: String {
        case type, timestamp, data
        case endpointID = "endpoint_id"
    }

    /// - Parameter data: JSON, which is taken over byte for byte.
    package static func encoded(type: String, timestamp: Timestamp, data: [UInt8]) -> [UInt8] {
        ObjectWriter<Key>.object { json in
            json.field(.type, type)
            json.field(.timestamp, timestamp.description)
            json.json(.data, data)
        }
    }

    package static func encoded(_ event: WebhookEvent) -> [UInt8] {
        encoded(type: event.type, timestamp: event.timestamp, data: Array(event.payload.utf8))
    }

    /// The delivery by which a caller tries an endpoint.
    package static func test(of endpoint: String, at now: Timestamp) -> [UInt8] {
        let data = ObjectWriter<Key>.object { $0.field(.endpointID, endpoint) }
        return encoded(type: testType, timestamp: now, data: data)
    }

    package static let testType = "endpoint.test"

    /// The type of the event that a user was notified.
    package static func type(of kind: NotificationKind) -> String { "notification.\(kind.rawValue)" }
}

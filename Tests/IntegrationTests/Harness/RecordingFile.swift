import Broker
import Foundation
import Synchronization
import TestSupport
import Testing

/// The file that the variable `RECORDING` names, with everything the services published as JSON lines, for
/// `specs/validate.py`.
enum RecordingFile {
    private static let lock = Mutex(())

    static func append(_ recorded: [RecordedMessage]) {
        guard let path = ProcessInfo.processInfo.environment["RECORDING"] else { return }
        do {
            let encoder = JSONEncoder()
            let lines = try recorded.filter(\.isOurs).map { try encoder.encode(Line($0)) }
            guard !lines.isEmpty else { return }
            try lock.withLock { _ in try LineFile.append(Data(lines.joined(separator: Data("\n".utf8))), to: path) }
        } catch {
            Issue.record("cannot record messages in \(path): \(error)")
        }
    }

    private struct Line: Encodable {
        let exchange: String
        let routingKey: String
        let properties: Properties
        let headers: [String: Value]
        let body: String

        init(_ record: RecordedMessage) {
            exchange = record.exchange
            routingKey = record.routingKey
            properties = Properties(properties: record.properties)
            headers = record.properties.headers.mapValues(Value.init)
            body = record.text
        }
    }

    /// By their AMQP names; absent properties are omitted.
    private struct Properties: Encodable {
        let properties: MessageProperties

        private enum CodingKeys: String, CodingKey {
            case contentType = "content_type"
            case contentEncoding = "content_encoding"
            case correlationID = "correlation_id"
            case replyTo = "reply_to"
            case expiration
            case messageID = "message_id"
            case type
            case userID = "user_id"
            case appID = "app_id"
            case deliveryMode = "delivery_mode"
            case timestamp
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encodeIfPresent(properties.contentType, forKey: .contentType)
            try fields.encodeIfPresent(properties.contentEncoding, forKey: .contentEncoding)
            try fields.encodeIfPresent(properties.correlationID, forKey: .correlationID)
            try fields.encodeIfPresent(properties.replyTo, forKey: .replyTo)
            try fields.encodeIfPresent(properties.expiration, forKey: .expiration)
            try fields.encodeIfPresent(properties.messageID, forKey: .messageID)
            try fields.encodeIfPresent(properties.type, forKey: .type)
            try fields.encodeIfPresent(properties.userID, forKey: .userID)
            try fields.encodeIfPresent(properties.appID, forKey: .appID)
            try fields.encodeIfPresent(properties.deliveryMode, forKey: .deliveryMode)
            try fields.encodeIfPresent(properties.timestamp, forKey: .timestamp)
        }
    }

    /// A header value. Types that JSON lacks, which the services do not send, become null.
    private struct Value: Encodable {
        let value: HeaderValue

        init(_ value: HeaderValue) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .string(let string): try container.encode(string)
            case .int(let int): try container.encode(int)
            case .bool(let bool): try container.encode(bool)
            case .double(let double): try container.encode(double)
            case .table(let table): try container.encode(table.mapValues(Value.init))
            case .array(let array): try container.encode(array.map(Value.init))
            case .bytes, .null, .other: try container.encodeNil()
            }
        }
    }
}

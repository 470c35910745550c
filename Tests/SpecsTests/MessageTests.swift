import Contracts
import Foundation
import Testing

/// The messages of the document are the ones that the code reads and writes.
@Suite struct `AsyncAPI and the messages` {
    private let document: AsyncAPI

    init() throws { document = try AsyncAPI.served.get() }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    private func examples(of message: JSON) -> [JSON] { message["examples"]?.array ?? [] }

    /// Requests and replies, which are not part of streams.
    private let inquiries = Set(RequestReplyMessage.Action.allCases.map(\.rawValue))

    private let forwarded = ForwardedCommands.Action.forwardedCommands.rawValue

    @Test func `there is exactly one message for every action`() {
        let names = document.messages.values.compactMap { $0["name"]?.string }
        #expect(Set(names) == Set(Action.allCases.map(\.rawValue)).union(inquiries).union([forwarded]))
        #expect(names.count == document.messages.count)
    }

    @Test func `a message is named after its action everywhere, and has the schema of that name`() {
        for (key, message) in document.messages {
            let name = message["name"]?.string ?? ""
            #expect(key == name || key == "\(name).streamed")
            #expect(message["bindings"]?["amqp"]?["messageType"]?.string == name, "\(key)")
            #expect(message["payload"]?.reference == "#/components/schemas/\(name)", "\(key)")
            #expect(message["contentType"] == .string("application/json"), "\(key)")
        }
        for channel in document.channels {
            for (name, key) in channel.messages {
                let message = document.messages[key]
                #expect(message?["name"]?.string == name || name == key, "\(channel.key)")
            }
        }
    }

    @Test func `every message belongs to a channel`() {
        let carried = Set(document.channels.flatMap(\.messages.values))
        #expect(carried == Set(document.messages.keys))
    }

    @Test func `messages between services have stream headers, except control messages`() throws {
        let stream: Set = [HeaderName.stream, HeaderName.epoch, HeaderName.seq, HeaderName.traceparent]
        for (key, message) in document.messages {
            let headers = try #require(message["headers"], "\(key)")
            if key.hasSuffix(".streamed") {
                // Only a command that is forwarded has a digest.
                #expect(headers["properties"]?.keys == stream.union([HeaderName.digest]), "\(key)")
                #expect(Set(headers["required"]?.strings ?? []) == stream, "\(key)")
            } else {
                let known = headers["properties"]?.keys ?? []
                #expect(known.isSubset(of: [HeaderName.traceparent]), "\(key)")
                #expect(headers["required"] == nil, "\(key)")
            }
        }
        for channel in document.channels where channel.parameters["partition"] != nil {
            for (name, key) in channel.messages where !inquiries.contains(name) && name != forwarded {
                let isControl = try #require(Action(rawValue: name)).isControl
                #expect(key.hasSuffix(".streamed") != isControl, "\(channel.key) carries \(key)")
                #expect(channel.isQueue || !isControl, "\(channel.key) carries \(key)")
            }
        }
    }

    @Test func `every example is parsed as its message`() throws {
        for (key, message) in document.messages {
            #expect(!examples(of: message).isEmpty, "\(key)")
            for example in examples(of: message) {
                let payload = try #require(example["payload"], "\(key)")
                let action =
                    switch key {
                    case forwarded:
                        try ForwardedCommands(parsing: payload.bytes).commands.isEmpty ? "no commands" : forwarded
                    case _ where inquiries.contains(key):
                        try RequestReplyMessage(parsing: payload.bytes).action.rawValue
                    default: try Message(parsing: payload.bytes).action.rawValue
                    }
                #expect(action == message["name"]?.string, "\(key)")
            }
        }
    }

    @Test func `an example of a message of ours equals the encoded message`() throws {
        let actions = Action.allCases.filter(\.isControl).map(\.rawValue) + [Action.notification.rawValue]
        for (key, message) in document.messages where key.hasSuffix(".streamed") || actions.contains(key) {
            for example in examples(of: message) {
                let payload = try #require(example["payload"])
                #expect(try JSON(Message(parsing: payload.bytes).encoded()) == payload, "\(key)")
            }
        }
        for (key, message) in document.messages where inquiries.contains(key) || key == forwarded {
            for example in examples(of: message) {
                let payload = try #require(example["payload"])
                let encoded =
                    key == forwarded
                    ? try ForwardedCommands(parsing: payload.bytes).encoded()
                    : try RequestReplyMessage(parsing: payload.bytes).encoded()
                #expect(try JSON(encoded) == payload, "\(key)")
            }
        }
    }

    @Test func `requests go to a request queue, and replies use direct reply-to`() throws {
        let asking = try #require(document.operations.first { $0.key == "askWaitlistPositions" })
        let answering = try #require(document.operations.first { $0.key == "answerWaitlistPositions.reply" })
        #expect(asking.isSending && asking.tags == ["application"] && asking.messages == ["ask_waitlist_positions"])
        #expect(answering.isSending && answering.tags == ["waitlist"])
        #expect(answering.messages == ["waitlist_positions", "question_refused"])
        let forwarding = try #require(document.operations.first { $0.key == "forwardRequest" })
        let owner = try #require(document.operations.first { $0.key == "answerForwardedRequest.reply" })
        #expect(forwarding.isSending && forwarding.messages == ["forwarded_request"])
        #expect(owner.isSending && owner.messages == ["forwarded_response", "question_refused"])
        #expect(forwarding.tags == ["application"] && owner.tags == ["application"])
        #expect(document.channel(asking.channel)?.address == "{service}.{partition}.requests")
        #expect(document.channel(answering.channel)?.address == nil)
    }

    @Test func `the headers of an example are those of the code, and name a stream to the message's queue`() throws {
        for (key, message) in document.messages where key.hasSuffix(".streamed") {
            for example in examples(of: message) {
                let headers = try #require(example["headers"], "\(key)")
                #expect(headers.keys == Set(message["headers"]?["required"]?.strings ?? []), "\(key)")
                let name = try #require(headers[HeaderName.stream]?.string)
                let stream = try #require(StreamName(parsing: name), "\(key)")
                let queue = try #require(document.channel(stream.consumer.service.rawValue))
                #expect(queue.messages.values.contains(key), "\(key) to \(stream.consumer)")
            }
        }
    }

    @Test func `the customer's examples are included unchanged`() throws {
        let ours: Set<Action> = [.update, .cancel, .applicationState, .stateComplete, .webhookSettings, .webhookEvent]
        let actions = Action.allCases.filter { !$0.isControl && !ours.contains($0) }
        for action in actions {
            let file = Self.tests.appending(path: "ContractsTests/Examples/\(action.rawValue).json")
            let customer = try JSON(Data(contentsOf: file))
            let message = try #require(document.messages[action.rawValue])
            let example = examples(of: message).first { $0["name"] == .string("customer") }
            #expect(example?["payload"] == customer, "\(action)")
        }
    }

    // From the customer's AsyncAPI 2.0.0 document, whose names, types and texts must not change.
    @Test func `the customer's notification channel is unchanged`() throws {
        let channel = try #require(document.channel("notifications"))
        #expect(channel.address == "notifications")
        #expect(
            document.root["channels"]?["notifications"]?["summary"]
                == .string("Channel for sending notifications to users."))
        let operation = try #require(document.operations.first { $0.key == "receiveNotification" })
        #expect(!operation.isSending && operation.channel == "notifications")
        #expect(operation.summary == "Receive notifications")
        let schema = try #require(document.root["components"]?["schemas"]?["notification"])
        #expect(schema["type"] == .string("object"))
        let written: [String: [String: String]] = [
            "userId": ["type": "string", "description": "Unique identifier for the user."],
            "message": ["type": "string", "description": "Notification message content."],
            "timestamp": [
                "type": "string", "format": "date-time", "description": "Time when the notification was sent.",
            ],
        ]
        for (name, facts) in written {
            for (fact, value) in facts {
                #expect(schema["properties"]?[name]?[fact]?.string == value, "\(name) \(fact)")
            }
        }
    }
}

import Contracts
import Foundation
import Specs
import Testing

/// The AsyncAPI document as a whole: it is self-contained and complete.
@Suite struct `AsyncAPI document` {
    private let document: AsyncAPI

    init() throws { document = try AsyncAPI.served.get() }

    @Test func `it starts like an AsyncAPI document`() throws {
        let text = String(decoding: Specs.asyncAPI, as: UTF8.self)
        #expect(text.hasPrefix(#"{"asyncapi":"3.0.0","info":{"title":"#))
    }

    @Test func `every $ref points into the document itself`() {
        let references = document.root.objects().compactMap { place in
            place.object["$ref"]?.string.map { (place.pointer, $0) }
        }
        #expect(references.count > 150)
        for (pointer, target) in references {
            #expect(target.hasPrefix("#/") && document.root.at(target.dropFirst()) != nil, "\(pointer): \(target)")
        }
    }

    private static let operationFields: Set = [
        "expiration", "userId", "cc", "bcc", "priority", "deliveryMode", "mandatory", "timestamp", "ack",
    ]

    /// By the AMQP bindings of AsyncAPI, version 0.3.0, which removed `replyTo`. Others must begin with `x-`.
    @Test(
        arguments: [
            ("channels", ["is", "exchange", "queue"]), ("channelBindings", ["is", "exchange", "queue"]),
            ("operationTraits", operationFields),
            ("messages", ["contentEncoding", "messageType"]),
        ] as [(String, Set<String>)])
    func `AMQP bindings have only fields of their version`(kind: String, fields: Set<String>) {
        let places = [document.root[kind], document.root["components"]?[kind]].compactMap { $0?.object }
        let bindings = places.flatMap { $0 }.compactMap { key, value in
            (value["bindings"]?["amqp"] ?? value["amqp"]).map { (key, $0) }
        }
        #expect(!bindings.isEmpty)
        for (key, binding) in bindings {
            let others = binding.keys.subtracting(fields).filter { !$0.hasPrefix("x-") }
            #expect(others == ["bindingVersion"] && binding["bindingVersion"] == .string("0.3.0"), "\(kind) \(key)")
        }
    }

    @Test func `it contains no nested document`() {
        let found = document.root.objects().filter { $0.object["$id"]?.string != nil || $0.object["$schema"] != nil }
        #expect(found.map(\.pointer) == [])
    }

    @Test func `it contains the schema of every file in messages unchanged`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "specs/messages")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.lastPathComponent.hasSuffix(".schema.json") }
        let others = RequestReplyMessage.Action.allCases.count + ForwardedCommands.Action.allCases.count
        #expect(files.count == Action.allCases.count + others)
        for file in files {
            let name = String(file.lastPathComponent.prefix { $0 != "." })
            let text = try String(contentsOf: file, encoding: .utf8)
                .replacing("\"#/$defs/", with: "\"#/components/schemas/\(name)/$defs/")
            guard case .object(var schema) = try JSON(text.utf8) else { continue }
            schema["$id"] = nil
            schema["$schema"] = nil
            // Compared as a Bool, since both are too long to print.
            let isTheSame = document.root["components"]?["schemas"]?[name] == .object(schema)
            #expect(isTheSame, "\(name)")
        }
    }

    @Test func `every operation has a summary and the tag of its actor`() {
        let actors = Set(ServiceName.allCases.map(\.rawValue) + ["world"])
        for operation in document.operations {
            #expect(!operation.summary.isEmpty && !operation.tags.isDisjoint(with: actors), "\(operation.key)")
        }
        let explained = Set((document.root["info"]?["tags"]?.array ?? []).compactMap { $0["name"]?.string })
        let used = document.root.objects().filter { !$0.pointer.hasPrefix("#/info/") }.flatMap { place in
            (place.object["tags"]?.array ?? []).compactMap { $0["name"]?.string }
        }
        #expect(Set(used) == explained)
    }

    @Test func `every channel has senders and receivers, except internal ones`() {
        for channel in document.channels where !channel.messages.isEmpty {
            let operations = document.operations.filter { $0.channel == channel.key }
            #expect(operations.contains { $0.isSending } || channel.isQueue, "\(channel.key)")
            #expect(operations.contains { !$0.isSending } == channel.isQueue, "\(channel.key)")
        }
        let silent = document.channels.filter(\.messages.isEmpty).map(\.key)
        #expect(Set(silent) == ["owner", "file", "process"])
    }

    @Test func `the messages of an operation belong to its channel`() throws {
        for operation in document.operations {
            let channel = try #require(document.channel(operation.channel), "\(operation.key)")
            #expect(!operation.messages.isEmpty, "\(operation.key)")
            #expect(operation.messages.isSubset(of: channel.messages.values), "\(operation.key)")
        }
    }

    @Test func `channels and messages are tagged as the customer's or ours`() {
        let channels = document.root["channels"]?.object ?? [:]
        for (key, place) in channels.merging(document.messages, uniquingKeysWith: { a, _ in a }) {
            let tags = Set((place["tags"]?.array ?? []).compactMap { $0["name"]?.string })
            #expect(tags == ["customer"] || tags == ["ours"], "\(key)")
        }
        for (key, message) in document.messages {
            let isOurs =
                ["update_", "cancel_", "application_state", "state_", "stream_", "resend", "forwarded_", "webhook_"]
                .contains {
                    key.hasPrefix($0)
                }
                || RequestReplyMessage.Action(rawValue: key) != nil
            #expect(message["tags"] == .array([.object(["name": .string(isOurs ? "ours" : "customer")])]), "\(key)")
        }
    }
}

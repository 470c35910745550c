import Broker
import Foundation
import TestSupport

/// The arguments of a partition queue.
let quorum: [String: HeaderValue] = [
    "x-queue-type": .string("quorum"), "x-single-active-consumer": .bool(true), "x-overflow": .string("reject-publish"),
]

func queue(_ name: String, _ arguments: [String: HeaderValue] = quorum) -> Declaration {
    .queue(name: name, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
}

func message(_ publishID: UInt64, to queue: String, _ body: String? = nil) -> OutgoingMessage {
    OutgoingMessage(
        publishID: publishID, exchange: "", routingKey: queue,
        properties: MessageProperties(messageID: "\(publishID)", deliveryMode: 2),
        body: Array((body ?? "\(publishID)").utf8))
}

func publisher(
    _ url: String, _ source: ListSource, window: Int = 512, heartbeat: Duration = .seconds(10),
    declarations: [Declaration] = [], onState: @escaping @Sendable (ConnectionState) -> Void = { _ in }
) throws -> Publisher {
    Publisher(
        endpoint: try BrokerEndpoint(url: url, heartbeat: heartbeat), name: "test", declarations: declarations,
        window: window, logger: .quiet, source: source, onState: onState)
}

/// Calls `run` while the body runs, then stops it.
func running(
    _ run: @escaping @Sendable () async throws -> Void, stop: @escaping @Sendable () -> Void,
    _ body: () async throws -> Void
) async throws {
    async let ended: Void = run()
    do {
        try await body()
    } catch {
        stop()
        _ = try? await ended
        throw error
    }
    stop()
    try await ended
}

func running(_ consumer: Consumer, _ body: () async throws -> Void) async throws {
    try await running({ try await consumer.run() }, stop: { consumer.stop() }, body)
}

func running(_ publisher: Publisher, _ body: () async throws -> Void) async throws {
    try await running({ try await publisher.run() }, stop: { publisher.stop() }, body)
}

func running(_ requester: Requester, _ body: () async throws -> Void) async throws {
    try await running({ try await requester.run() }, stop: { requester.stop() }, body)
}

func running(_ replier: Replier, _ body: () async throws -> Void) async throws {
    try await running({ try await replier.run() }, stop: { replier.stop() }, body)
}

/// The resident memory of this process, in KiB.
func residentKiB() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * 4
}

import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// The services on a cluster of three nodes that loses one (contract section 9). It needs 20 s and three more brokers,
/// so it runs alone: `deploy/test --only cluster`.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["TEST_CLUSTER"] != nil)) struct ClusterTests {
    @Test func `whichever node goes, and however, everything committed is told once`() async throws {
        let cluster = try await ThrowawayCluster.start()
        let folder = try TemporaryFolder("cluster")
        // The services try the first address first, and nothing answers there.
        let hole = try BlackHole()
        let ports = try [hole.port] + cluster.nodes.map { try BrokerEndpoint(url: $0.url).port }
        let settings = [
            "AMQP_URL": "amqp://guest:guest@\(ports.map { "127.0.0.1:\($0)" }.joined(separator: ","))/",
            "DATA_DIR": folder.path, "PARTITIONS": "1",
        ]
        let services = try ServiceProcess.Kind.allCases.map {
            try ServiceProcess($0, settings: settings, folder: URL(filePath: folder.path))
        }
        // A client of the node that stays.
        let client = ClusterClient(url: cluster.nodes[2].url)
        var (failure, streams): ((any Error)?, [String]) = (nil, [])
        do {
            for service in services { try await service.start() }
            for service in services { try await service.waitUntilReady() }
            // The services connected to the first node, which therefore leads their queues.
            let first = cluster.nodes[0]
            try await round(1, services, client) {
                try await first.evaluate("[dets:sync(T) || T <- dets:all()], ok.")
                try await first.kill()
            }
            try await first.restart()
            let second = cluster.nodes[1]
            try await round(2, services, client) { try await second.stop() }
            try await second.restart()
            try await round(3, services, client) {}
            for service in services { #expect(try await service.stop() == 0) }
        } catch {
            failure = error
            for service in services {
                streams += ((try? await service.streams()) ?? []).map { "\(service.kind): \($0)" }
            }
        }
        for service in services { await service.kill() }
        await client.close()
        try? await cluster.remove()
        if let failure {
            let logs = services.map { "\($0.kind):\n\($0.logTail)" }
            throw TestSystemFailure(error: failure, report: (streams + logs).joined(separator: "\n"))
        }
    }

    /// Volunteers respond before, during and after the failure; each is told once whether they have a spot.
    private func round(
        _ number: Int, _ services: [ServiceProcess], _ client: ClusterClient, failure: () async throws -> Void
    ) async throws {
        let application = ID.trusted("call-\(number)")
        let volunteers = (0..<300).map { ID.trusted("v-\(number)-\($0)") }
        try await client.send([("create-\(number)", .create(.sample(application, spots: 10)))])
        func accept(_ range: Range<Int>) async throws {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 20) {
                try await client.send(
                    (start..<start + 20).map { ("accept-\(number)-\($0)", .accepted(volunteers[$0], application)) })
            }
        }
        try await accept(0..<100)
        try await failure()
        try await accept(100..<300)
        try await eventually("every stream has arrived") {
            var (sent, applied): ([String: Int64], [String: Int64]) = ([:], [:])
            for service in services {
                for status in try await service.streams() where !status.stream.hasSuffix(">notifications") {
                    if status.direction == "out" {
                        sent[status.stream] = status.last
                    } else {
                        applied[status.stream] = status.last
                    }
                }
            }
            return sent == applied && sent.count >= 3
        }
        for service in services {
            try await eventually("\(service.kind)'s outbox is empty") {
                try await service.metrics().sum("waitlist_outbox_depth") == 0
            }
        }
        let told = try await client.notifications(atLeast: volunteers.count)
        // The same message may come twice, but nobody is told twice.
        #expect(Set(told.map(\.messageID)).count == volunteers.count)
        #expect(Set(told.map(\.user)) == Set(volunteers.map(\.string)))
    }
}

/// A client of one node of the cluster. When the node refuses a message, as RabbitMQ 3.10 does on the channels that
/// knew a lost leader, it connects again and publishes the same messages again, with the same ids.
private struct ClusterClient {
    private let client: BrokerClient

    init(url: String) { client = BrokerClient(url: url) }

    func send(_ messages: [(id: String, message: Message)]) async throws {
        let outgoing = messages.map { id, message in
            OutgoingMessage(
                exchange: Exchange.waiting, routingKey: message.action.rawValue,
                properties: MessageProperties(contentType: "application/json", messageID: id, deliveryMode: 2),
                body: message.encoded())
        }
        try await eventually("the commands are confirmed") {
            do {
                try await client.publish(outgoing)
                return true
            } catch {
                await client.close()
                return false
            }
        }
    }

    /// Takes the notifications from their queue.
    func notifications(atLeast count: Int) async throws -> [(messageID: String, user: String)] {
        var told: [(String, String)] = []
        try await eventually("\(count) notifications are in their queue") {
            let missing = count - Set(told.map(\.0)).count
            if missing > 0 {
                let deliveries = try await client.perform { try $0.take(missing, from: "notifications") }
                for delivery in deliveries {
                    guard case .notification(let notification) = try Message(parsing: delivery.body) else { continue }
                    told.append((delivery.properties.messageID ?? "", notification.userID.string))
                }
            }
            return Set(told.map(\.0)).count >= count
        }
        return told
    }

    func close() async { await client.close() }
}

import Contracts
import Foundation
import Testing

/// The policies that we ship set the limits of contract section 3 on every queue that has any.
@Suite struct `The policies in deploy-rabbitmq` {
    private struct Policy {
        let pattern: Regex<AnyRegexOutput>
        let definition: JSON
    }

    private let policies: [Policy]

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try Data(contentsOf: root.appending(path: "deploy/rabbitmq/definitions.json"))
        policies = try (try JSON(file)["policies"]?.array ?? []).map { policy in
            #expect(policy["apply-to"] == .string("queues") && policy["vhost"] == .string("/"))
            return Policy(
                pattern: try Regex(try #require(policy["pattern"]?.string)),
                definition: try #require(policy["definition"]))
        }
    }

    private func matching(_ queue: String) -> [Policy] {
        policies.filter { queue.firstMatch(of: $0.pattern) != nil }
    }

    @Test func `every durable queue has one policy, with its length and no delivery limit below a million`() throws {
        let topology = ServiceName.allCases.reduce(Topology()) { $0.merging(.of($1, partitions: 101)) }
        #expect(topology.queues.count == 3 * 101 + 2)
        for queue in topology.queues {
            let found = matching(queue.name)
            #expect(found.count == 1, "\(queue.name)")
            #expect(found.first?.definition["max-length"] == .int(Limits.queueLength), "\(queue.name)")
            // -1 would mean none on RabbitMQ 4, but 0 on 3.
            #expect(found.first?.definition["delivery-limit"] == .int(1_000_000_000), "\(queue.name)")
            #expect(!queue.arguments.keys.contains { ["x-max-length", "x-delivery-limit"].contains($0) })
        }
    }

    @Test func `the queue that tries out the delivery limit has the policy of the queue beside it`() {
        for name in ["application.ingress", "application.p00", "waitlist.p07", "notifier.p100"] {
            #expect(matching(name + ".limit").map(\.definition) == matching(name).map(\.definition), "\(name)")
        }
    }

    @Test(arguments: [
        "application.p00.owner", "application.p00.file", "waitlist.p00.requests", "recorder", "application.p1",
        "x.notifications",
    ])
    func `other queues have none`(name: String) {
        #expect(matching(name).isEmpty)
    }
}

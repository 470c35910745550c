import Broker
import BrokerTesting
import TestSupport
import Testing

/// How many deliveries of a message a broker allows (contract section 3).
@Suite(.timeLimit(.minutes(20))) struct DeliveryLimitTests {
    /// A virtual host with a policy for all its queues.
    private func virtualHost(limit: Int?) async throws -> String {
        let broker = try await ThrowawayBroker.shared()
        let url = try await broker.virtualHost()
        let name = try BrokerEndpoint(url: url).virtualHost
        if let limit {
            try await broker.evaluate(
                """
                rabbit_policy:set(<<"\(name)">>, <<"limit">>, <<".*">>, [{<<"delivery-limit">>, \(limit)}], 9, \
                <<"queues">>, <<"test">>), ok.
                """)
        }
        return url
    }

    @Test(arguments: [0, 1, 20, 100]) func `a finite limit is found exactly, and the probe leaves no queue`(
        limit: Int
    ) async throws {
        let client = try BlockingClient.connect(url: try await virtualHost(limit: limit))
        defer { client.close() }
        #expect(try client.deliveryLimit(of: "application.p00") == limit + 1)
        #expect { try client.messageCount("application.p00.limit") } throws: { ($0 as? BrokerError)?.code == .notFound }
        // The connection can be used as before.
        try client.declare([queue("q")])
        #expect(try client.publish([1], routingKey: "q") == .confirmed)
    }

    @Test func `a high limit, and the policy that we ship, are none`() async throws {
        for limit in [1000, nil] {
            let client = try BlockingClient.connect(url: try await virtualHost(limit: limit))
            defer { client.close() }
            #expect(try client.deliveryLimit(of: "application.ingress") == nil)
        }
    }

    @Test(arguments: [("4.0.5", 4), ("10.1", 10), ("3.10.8", 3), ("unknown", nil), ("", nil)])
    func `the major version is read`(version: String, major: Int?) {
        #expect(Connection.majorVersion(of: version) == major)
    }
}

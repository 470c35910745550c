import Broker
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct RequestTests {
    private let requestQueue = Declaration.queue(
        name: "r", durable: false, exclusive: false, autoDelete: false, arguments: [:])

    private func withPair(
        _ handler: @escaping Replier.Handler, _ body: (Requester) async throws -> Void
    ) async throws {
        let endpoint = try BrokerEndpoint(url: try await ThrowawayBroker.shared().virtualHost())
        let states = StateRecorder()
        let replier = Replier(
            endpoint: endpoint, name: "replier", declarations: [requestQueue], queue: "r", logger: .quiet,
            onState: { states.record($0) }, handler: handler)
        let requester = Requester(endpoint: endpoint, name: "requester", logger: .quiet, onState: { states.record($0) })
        try await running(replier) {
            try await running(requester) {
                try await eventually("both are connected") { states.all.filter { $0 == .connected }.count == 2 }
                try await body(requester)
            }
        }
    }

    @Test func `concurrent requests each get their own reply`() async throws {
        let handler: Replier.Handler = { delivery in
            (MessageProperties(type: delivery.properties.type), delivery.body.reversed())
        }
        try await withPair(handler) { requester in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        let reply = try await requester.request(
                            Array("request \(index)".utf8), to: "r", properties: MessageProperties(type: "t\(index)"),
                            timeout: testTimeout)
                        #expect(reply.body == "request \(index)".utf8.reversed())
                        #expect(reply.properties.type == "t\(index)")
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `an unroutable request fails at once, an unanswered one after the timeout`() async throws {
        let handler: Replier.Handler = { delivery in
            if delivery.body == [0] { await simulateDelay(.seconds(1)) }
            return (MessageProperties(), delivery.body)
        }
        try await withPair(handler) { requester in
            await #expect { try await requester.request([1], to: "nobody", timeout: testTimeout) } throws: {
                ($0 as? BrokerError)?.code == .unroutable
            }
            await #expect { try await requester.request([0], to: "r", timeout: .milliseconds(200)) } throws: {
                ($0 as? BrokerError)?.code == .timeout
            }
            // The late reply to the previous request is dropped.
            let reply = try await requester.request([2], to: "r", timeout: testTimeout)
            #expect(reply.body == [2])
        }
    }

    @Test func `a cancelled request ends, and one without a connection fails at once`() async throws {
        let handler: Replier.Handler = { delivery in
            await simulateDelay(.seconds(1))
            return (MessageProperties(), delivery.body)
        }
        try await withPair(handler) { requester in
            await withTaskGroup(of: BrokerError.Code?.self) { group in
                group.addTask {
                    do throws(BrokerError) {
                        _ = try await requester.request([0], to: "r", timeout: testTimeout)
                        return nil
                    } catch { return error.code }
                }
                group.cancelAll()
                #expect(await group.next() == .cancelled)
            }
        }
        let disconnected = Requester(
            endpoint: try BrokerEndpoint(url: "amqp://127.0.0.1:1"), name: "disconnected", logger: .quiet)
        await #expect { try await disconnected.request([], to: "r", timeout: testTimeout) } throws: {
            ($0 as? BrokerError)?.code == .unreachable
        }
    }
}

package import Broker
package import BrokerTesting
import Foundation

/// An AMQP client outside the services: publishes over a connection of its own, and reconnects after the broker was
/// away. `@unchecked Sendable`: the connection is used on the dispatch queue only.
package final class BrokerClient: @unchecked Sendable {
    /// The broker did not confirm a message.
    package struct NotConfirmed: Error, CustomStringConvertible {
        package let outcome: PublishOutcome
        package let routingKey: String
        package var description: String { "\(routingKey) was not confirmed: \(outcome)" }
    }

    private let url: String
    private let queue = DispatchQueue(label: "broker client")
    private var connection: BlockingClient?

    package init(url: String) { self.url = url }

    /// Publishes all messages, pipelined, and returns when each is confirmed.
    /// - Throws: `NotConfirmed` for the first message that was not; `BrokerError` if the connection failed, in which
    ///   case the outcome is unknown.
    package func publish(_ messages: [OutgoingMessage]) async throws {
        let outcomes = try await perform { client in try client.publishBatch(messages, within: testTimeout) }
        for (message, outcome) in zip(messages, outcomes) where outcome != .confirmed {
            throw NotConfirmed(outcome: outcome, routingKey: message.routingKey)
        }
    }

    /// Runs a closure with the connection, on its thread: to declare, purge, count, get.
    package func perform<Result: Sendable>(
        _ body: @escaping @Sendable (BlockingClient) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Swift.Result { try body(try self.connected()) })
            }
        }
    }

    package func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.connection?.close()
                self.connection = nil
                continuation.resume()
            }
        }
    }

    /// The current connection if it still works, otherwise a new one. The broker may have been away, or may have closed
    /// an idle connection.
    private func connected() throws -> BlockingClient {
        if let connection, (try? connection.poll()) != nil { return connection }
        let deadline = ContinuousClock.now + testTimeout
        while true {
            do {
                let new = try BlockingClient.connect(url: url, name: "test client")
                connection = new
                return new
            } catch {
                guard error.isRetriable, ContinuousClock.now < deadline else { throw error }
                pauseBeforeRetry()
            }
        }
    }
}

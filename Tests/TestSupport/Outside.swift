package import Broker
import Foundation

/// The outside world: publishes over a connection of its own, and makes a new one when the broker was away.
/// `@unchecked Sendable`: the session is touched on the queue alone.
package final class Outside: @unchecked Sendable {
    /// The broker did not take a message.
    package struct NotTaken: Error, CustomStringConvertible {
        package let outcome: PublishOutcome
        package let routingKey: String
        package var description: String { "\(routingKey) was not taken: \(outcome)" }
    }

    private let url: String
    private let queue = DispatchQueue(label: "outside")
    private var session: BlockingClient?

    package init(url: String) { self.url = url }

    /// Publishes all, pipelined, and returns when each is confirmed.
    /// - Throws: `NotTaken` for the first that was not; `BrokerError` when the link broke, and it is unknown.
    package func publish(_ messages: [OutgoingMessage]) async throws {
        let outcomes = try await on { session in try session.publishBatch(messages, within: patience) }
        for (message, outcome) in zip(messages, outcomes) where outcome != .confirmed {
            throw NotTaken(outcome: outcome, routingKey: message.routingKey)
        }
    }

    /// Uses the session, on its thread: declaring, purging, counting, getting.
    package func on<Result: Sendable>(
        _ body: @escaping @Sendable (BlockingClient) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Swift.Result { try body(try self.live()) })
            }
        }
    }

    package func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.session?.close()
                self.session = nil
                continuation.resume()
            }
        }
    }

    /// The session, if the broker still has it, else a new one: the broker may have been away, or grown tired of an
    /// idle link.
    private func live() throws -> BlockingClient {
        if let session, (try? session.poll()) != nil { return session }
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                let new = try BlockingClient.connect(url: url, name: "outside")
                session = new
                return new
            } catch {
                guard error.isRetriable, ContinuousClock.now < deadline else { throw error }
                pauseBeforeRetry()
            }
        }
    }
}

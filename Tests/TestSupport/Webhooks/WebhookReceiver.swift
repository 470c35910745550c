import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A receiver of webhooks on 127.0.0.1 that records what arrives, and answers as it is told. It listens from its
/// creation until its last reference goes.
package final class WebhookReceiver: Sendable {
    package typealias Answering = @Sendable (ReceivedDelivery) -> Answer

    /// What a receiver does with a delivery.
    package enum Answer: Sendable {
        case status(Int, headers: [(String, String)] = [], body: String = "")
        /// Never answers.
        case hang
        /// Closes the connection without an answer.
        case close
        /// Begins an answer, and goes on with a byte now and then without end.
        case trickle
        /// Answers 200 with a body of so many bytes.
        case flood(Int)
        /// Writes these bytes and closes the connection.
        case raw(String)
    }

    private let channel: any Channel
    private let records: Records

    /// - Parameters:
    ///   - port: 0 for a free one.
    ///   - answer: called on a thread of the network, once for each delivery.
    package init(port: Int = 0, answer: @escaping Answering = { _ in .status(200) }) async throws {
        let records = Records()
        self.records = records
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = WebhookReceiverHandler(connection: records.connect()) { delivery in
                        records.append(delivery)
                        return answer(delivery)
                    }
                    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
                    try channel.pipeline.syncOperations.addHandlers([decoder, handler])
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    deinit { channel.close(promise: nil) }

    package var port: Int { channel.localAddress?.port ?? 0 }

    package var url: String { "http://127.0.0.1:\(port)/hook" }

    /// In the order in which they arrived.
    package var deliveries: [ReceivedDelivery] { records.all }

    package var connectionCount: Int { records.connectionCount }

    private final class Records: Sendable {
        private let state = Mutex((connections: 0, deliveries: [ReceivedDelivery]()))

        var all: [ReceivedDelivery] { state.withLock { $0.deliveries } }

        var connectionCount: Int { state.withLock { $0.connections } }

        func connect() -> Int {
            state.withLock { state in
                state.connections += 1
                return state.connections
            }
        }

        func append(_ delivery: ReceivedDelivery) { state.withLock { $0.deliveries.append(delivery) } }
    }
}

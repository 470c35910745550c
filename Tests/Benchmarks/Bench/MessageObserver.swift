import Broker
import BrokerTesting
import Contracts
import Foundation
import Logging

/// Consumes a queue of the benchmark, or that of the notifications, on a connection and a thread of its own.
final class MessageObserver: Sendable {
    private let consumer: Consumer
    private let running: Background<Void>

    /// Returns once it consumes.
    /// - Parameters:
    ///   - bindings: the exchanges and keys of a queue that exists while it is observed; empty for a queue of the
    ///     services.
    ///   - onMessages: called on the observer's thread with messages that have arrived together, and the time in
    ///     monotonic nanoseconds.
    init(
        url: String, queue: String, bindings: [(exchange: String, key: String)] = [],
        onMessages: @escaping @Sendable ([Message], Int) -> Void
    ) throws {
        let declarations: [Declaration] =
            bindings.isEmpty
            ? []
            : [.queue(name: queue, durable: false, exclusive: false, autoDelete: true, arguments: [:])]
                + bindings.map { .binding(queue: queue, exchange: $0.exchange, key: $0.key) }
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url), name: "bench observer", declarations: declarations,
            subscriptions: [.init(queue: queue, prefetch: 2000)], bodyLimit: Limits.maxMessageBytes,
            logger: .silent,
            onDeliveries: { deliveries, session in
                let now = Measure.nanoseconds
                onMessages(deliveries.compactMap { try? Message(parsing: $0.body) }, now)
                session.settle(deliveries.map(\.tag))
            })
        self.consumer = consumer
        running = Background {
            let done = DispatchSemaphore(value: 0)
            // Only the consumer runs in a task; the benchmark blocks.
            Task {
                try? await consumer.run()
                done.signal()
            }
            done.wait()
        }
        let session = try BlockingClient.connect(url: url, name: "bench")
        defer { session.close() }
        try Measure.until("the observer consumes \(queue)", within: 10) {
            (try? session.consumerCount(queue)) ?? 0 > 0
        }
    }

    /// Returns once it has ended: then no message is on its way to it, and its own queue is gone.
    func stop() throws {
        consumer.stop()
        try running.value()
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() } }
}

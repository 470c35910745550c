import Broker
import BrokerTesting
import Contracts
import Foundation
import Logging
import Synchronization

/// Sees what becomes of the commands that are sent as messages: copies of what the services send each other and the
/// volunteers.
final class FairObserver: Sendable {
    /// The volunteers of these commands are called `probe.` and something without a dot, so that a binding selects
    /// their notifications.
    static let prefix = "probe."

    enum Event: Int, CaseIterable {
        /// ApplicationService has decided, and has sent the volunteer on to the waiting list.
        case decided
        /// WaitlistService has the volunteer on its list.
        case listed
        /// The volunteer is told.
        case notified
    }

    private final class Times: Sendable {
        let byVolunteer = Mutex([[String: Int]](repeating: [:], count: Event.allCases.count))
    }

    private let times = Times()
    private let consumer: Consumer
    private let running: Background<Void>

    init(url: String) throws {
        let queue = "bench.fair"
        let times = times
        let consumer = Consumer(
            endpoint: try BrokerEndpoint(url: url), name: "bench observer",
            declarations: [
                .queue(name: queue, durable: false, exclusive: false, autoDelete: true, arguments: [:]),
                .binding(queue: queue, exchange: Exchange.waiting, key: "volunteer_waiting.waitlist.p00"),
                .binding(queue: queue, exchange: Exchange.waiting, key: "waiting_list_record.application.p00"),
                .binding(queue: queue, exchange: Exchange.notifications, key: Self.prefix + "*"),
            ],
            subscriptions: [.init(queue: queue, prefetch: 2000)], bodyLimit: Limits.maxMessageBytes,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() },
            onDeliveries: { deliveries, session in
                let now = Measure.nanoseconds
                times.byVolunteer.withLock { times in
                    for delivery in deliveries {
                        guard let (event, volunteer) = Self.read(delivery) else { continue }
                        times[event.rawValue][volunteer.string] = now
                    }
                }
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
        try Measure.until("the observer's queue exists", within: 10, every: 0.05) {
            (try? session.consumerCount(queue)) != nil
        }
    }

    private static func read(_ delivery: Delivery) -> (Event, ID)? {
        switch try? Message(parsing: delivery.body) {
        case .waiting(let waiting): (.decided, waiting.volunteerID)
        case .waitingListRecord(let record): (.listed, record.userID)
        case .notification(let notification): (.notified, notification.userID)
        default: nil
        }
    }

    /// When each volunteer's command came so far.
    func times(of event: Event) -> [String: Int] { times.byVolunteer.withLock { $0[event.rawValue] } }

    func count(of event: Event) -> Int { times.byVolunteer.withLock { $0[event.rawValue].count } }

    func stop() { consumer.stop() }
}

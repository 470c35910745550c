import Broker
import Contracts
import Logging
import Synchronization

/// Whether this process reaches the broker, also while it owns no partition: a process that does not takes none from
/// those that do.
final class BrokerPresence: Sendable {
    private struct State {
        var connection = ConnectionStatus()
        /// When the connection was lost; nil while it is up, and before the first.
        var lostAt: ContinuousClock.Instant?
    }

    private let consumer: Consumer
    private let state: SharedState

    /// What the consumer's callback shares; a class, because it exists before the consumer.
    private final class SharedState: Sendable {
        let state = Mutex(State())
    }

    /// A broker that restarts is back within this time for some, and for others a little later.
    private static let tolerance: Duration = .seconds(10)

    init(_ service: ServiceName, process: String, endpoint: BrokerEndpoint, logger: Logger) {
        let state = SharedState()
        self.state = state
        consumer = Consumer(
            endpoint: endpoint, name: "\(service.rawValue) \(process)", subscriptions: [],
            bodyLimit: Limits.maxMessageBytes, logger: logger, onDeliveries: { _, _ in },
            onState: { connection in
                state.state.withLock { state in
                    let wasConnected = state.connection.isConnected
                    state.connection.changed(to: connection)
                    if state.connection.isConnected { state.lostAt = nil } else if wasConnected { state.lostAt = .now }
                }
            })
    }

    /// Whether the process is connected, or has lost its connection a moment ago.
    var isConnected: Bool {
        state.state.withLock { state in
            state.connection.isConnected || state.lostAt.map { ContinuousClock.now - $0 < Self.tolerance } ?? false
        }
    }

    /// Why there is no connection; nil if there is one.
    var problem: String? { state.state.withLock(\.connection.problem).map { "the broker cannot be reached: \($0)" } }

    /// Until it is cancelled.
    func run() async throws { try await consumer.run() }
}

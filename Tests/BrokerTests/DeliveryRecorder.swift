import Broker
import Synchronization
import TestSupport

/// Records what a consumer hands out, and its connection states.
final class DeliveryRecorder: Sendable {
    private struct State {
        var deliveries: [Delivery] = []
        var sessions: [ChannelSession] = []
        var largestBatch = 0
    }

    private let state = Mutex(State())
    private let stateRecorder = StateRecorder()

    var deliveries: [Delivery] { state.withLock { $0.deliveries } }
    var texts: [String] { deliveries.map { String(decoding: $0.body, as: UTF8.self) } }
    var sessions: [ChannelSession] { state.withLock { $0.sessions } }
    var largestBatch: Int { state.withLock { $0.largestBatch } }
    var states: [ConnectionState] { stateRecorder.all }

    func record(_ deliveries: [Delivery], _ session: ChannelSession) {
        state.withLock { state in
            state.deliveries += deliveries
            state.largestBatch = max(state.largestBatch, deliveries.count)
            if state.sessions.last !== session { state.sessions.append(session) }
        }
    }

    func consumer(
        _ url: String, _ queues: [String], prefetch: UInt16 = 1000, declarations: [Declaration] = [],
        bodyLimit: Int = 1 << 20, heartbeat: Duration = .seconds(10), grace: Duration = .seconds(5)
    ) throws -> Consumer {
        Consumer(
            endpoint: try BrokerEndpoint(url: url, heartbeat: heartbeat), name: "test", declarations: declarations,
            subscriptions: queues.map { .init(queue: $0, prefetch: prefetch) }, bodyLimit: bodyLimit,
            exclusiveGrace: grace, logger: .quiet, onDeliveries: { [self] in record($0, $1) },
            onState: { [stateRecorder] in stateRecorder.record($0) })
    }
}

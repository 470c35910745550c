import Broker
import Ledger

/// Deliveries that arrived together, as the ledger sees them: it settles them, and their memory counts until nothing
/// refers to them any more, whether they were committed or dropped.
final class DeliveryBatch: AckTarget {
    private let session: ChannelSession
    private let budget: DeliveryBudget
    private let memory: Int

    init(_ deliveries: [Delivery], on session: ChannelSession, budget: DeliveryBudget) {
        self.session = session
        self.budget = budget
        memory = deliveries.reduce(0) { $0 + $1.memory }
        budget.take(memory)
    }

    deinit { budget.release(memory) }

    var isCurrent: Bool { session.isCurrent }

    func settle(_ tags: [UInt64]) { session.settle(tags) }
}

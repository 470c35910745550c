import Contracts
import Dispatch
import Synchronization

/// The moves that operators have ordered from this process, and that are not done yet.
final class MoveOrders: Sendable {
    /// One move. Its answer is waited for by a thread.
    final class Order: Sendable {
        let partition: Partition
        /// The process that is to get the partition.
        let receiver: String
        let asJSON: Bool
        private let response = Mutex<AdminResponse?>(nil)
        private let isAnswered = DispatchSemaphore(value: 0)

        init(_ partition: Partition, to receiver: String, asJSON: Bool) {
            self.partition = partition
            self.receiver = receiver
            self.asJSON = asJSON
        }

        /// Later answers are ignored.
        func answer(_ answer: AdminResponse) {
            let isFirst = response.withLock { response in
                defer { response = response ?? answer }
                return response == nil
            }
            if isFirst { isAnswered.signal() }
        }

        func wait() -> AdminResponse {
            isAnswered.wait()
            return response.withLock { $0 } ?? AdminResponse()
        }
    }

    let orders: AsyncStream<Order>
    private let continuation: AsyncStream<Order>.Continuation
    private let pending = Mutex<(orders: [Order], isClosed: Bool)>(([], false))

    init() {
        (orders, continuation) = AsyncStream.makeStream()
    }

    /// Blocks until the partition is moved, or is not.
    func move(_ command: AdminCommand) -> AdminResponse {
        guard command.subject == .move, let partition = command.partition.flatMap(Partition.init(name:)),
            let receiver = command.process
        else { return AdminResponse(error: "a partition or a process is missing", exitCode: 64) }
        let order = Order(partition, to: receiver, asJSON: command.asJSON)
        let isOpen = pending.withLock { pending in
            if !pending.isClosed { pending.orders.append(order) }
            return !pending.isClosed
        }
        if isOpen { continuation.yield(order) } else { order.answer(Self.stopped) }
        defer { pending.withLock { $0.orders.removeAll { $0 === order } } }
        return order.wait()
    }

    /// Moves that are under way when the process stops are not known to be done.
    func close() {
        let left = pending.withLock { pending in
            pending.isClosed = true
            return pending.orders
        }
        continuation.finish()
        for order in left { order.answer(Self.stopped) }
    }

    private static let stopped = AdminResponse(
        error: "the process stops; `partitions` shows whether the partition was moved", exitCode: 1)
}

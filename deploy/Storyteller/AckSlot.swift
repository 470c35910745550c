import Broker
import Synchronization

/// The consumer's handler acks through the consumer, which exists only after its handler.
final class AckSlot: Sendable {
    private let consumer = Mutex<Consumer?>(nil)

    func fill(_ consumer: Consumer) { self.consumer.withLock { $0 = consumer } }

    func ack(upTo tag: UInt64, of session: Consumer.Session) {
        consumer.withLock { $0 }?.ack(upTo: tag, of: session)
    }
}

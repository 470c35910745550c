import Broker
import Contracts
import Ledger
import ServiceKit

/// Reads messages from outside, and hands each to the partition that decides it.
struct IngressReader: Sendable {
    /// Knows how each partition gets its commands.
    let forwarder: CommandForwarder
    /// The writer of p00, which parks unreadable messages.
    let firstWriter: LedgerWriter

    func action(for delivery: Delivery, ackToken: AckToken) -> DeliveryIntake.Action {
        let stored = StoredDelivery(delivery)
        guard !delivery.isTruncated else {
            return .submit(.unreadable(stored, reason: DeliveryReader.tooLarge, ackToken), to: firstWriter)
        }
        do {
            return forwarder.action(for: try InboundMessage.foreign(stored, for: .application), ackToken)
        } catch {
            return .submit(.unreadable(stored, reason: error.description, ackToken), to: firstWriter)
        }
    }
}

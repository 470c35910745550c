import Broker
import Contracts
import Ledger
import ServiceKit

/// Reads messages from outside and chooses the partition that receives each.
struct IngressReader: Sendable {
    /// The writers of this process's partitions.
    let writers: [Partition: LedgerWriter]
    /// The writer of p00: it parks unreadable messages and forwards those for partitions of other processes.
    let firstWriter: LedgerWriter
    let partitionCount: Int

    func action(for delivery: Delivery, ackToken: AckToken) -> DeliveryIntake.Action {
        let stored = StoredDelivery(delivery)
        guard !delivery.isTruncated else {
            return .submit(.unreadable(stored, reason: DeliveryReader.tooLarge, ackToken), to: firstWriter)
        }
        do {
            let inbound = try InboundMessage.foreign(stored, for: .application)
            let partition = Partition.of(key: inbound.key.string, count: partitionCount)
            if let writer = writers[partition] { return .submit(.message(inbound, ackToken), to: writer) }
            let owner = Address(service: .application, partition: partition)
            return .submit(.forward(inbound, to: owner, ackToken), to: firstWriter)
        } catch {
            return .submit(.unreadable(stored, reason: error.description, ackToken), to: firstWriter)
        }
    }
}

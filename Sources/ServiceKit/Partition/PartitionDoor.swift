import Broker
import Contracts
import Ledger
import Logging

/// What happens on a consumer's thread: deliveries are read, and handed to the writer in the order they came.
struct PartitionDoor: Sendable {
    let reader: DeliveryReader
    let writer: LedgerWriter
    let relay: OutboxRelay
    let slot: ConsumerSlot
    let logger: Logger

    func take(_ deliveries: [Delivery], of session: Consumer.Session) {
        let book = slot.book(of: session)
        book.delivered(deliveries.lazy.map(\.tag))
        var inputs: [LedgerInput] = []
        inputs.reserveCapacity(deliveries.count)
        for delivery in deliveries {
            switch reader.read(delivery, ackToken: AckToken(target: book, tag: delivery.tag)) {
            case .input(let input): inputs.append(input)
            case .resend(let request):
                if !relay.resend(request) {
                    writer.submit(.call({ try $0.markStopped(request) }, { _ in }))
                    logger.error(
                        "A stream cannot be sent again: its messages are gone, and it stops there",
                        metadata: [LogKey.stream: "\(request.stream)", LogKey.seq: "\(request.from)"])
                }
                // The publisher's clock finds what is to be sent again; the request itself is done with.
                book.settle([delivery.tag])
            }
        }
        if !inputs.isEmpty { writer.submit(inputs) }
    }
}

package import Broker
import Contracts
package import Ledger

/// Hands a consumer's deliveries to the writers of their partitions, in order of arrival. It runs on the consumer's
/// thread.
package struct DeliveryIntake: Sendable {
    /// What to do with a delivery.
    package enum Action: Sendable {
        /// Submit an input to a writer, which settles the delivery after its commit.
        case submit(LedgerInput, to: LedgerWriter)
        /// The same with several inputs.
        case submitAll([LedgerInput], to: LedgerWriter)
        /// Perform this at once, then settle the delivery.
        case perform(@Sendable () -> Void)
        /// It is kept by others, who settle it.
        case keep
    }

    private let budget: DeliveryBudget
    private let action: @Sendable (Delivery, AckToken) -> Action

    /// - Parameters:
    ///   - budget: the consumer's.
    ///   - action: reads a delivery; an input must contain the token.
    package init(budget: DeliveryBudget, _ action: @escaping @Sendable (Delivery, AckToken) -> Action) {
        self.budget = budget
        self.action = action
    }

    package func receive(_ deliveries: [Delivery], on session: ChannelSession) {
        let batch = DeliveryBatch(deliveries, on: session, budget: budget)
        // One submission per writer. A process has few writers, so searching for one is faster than hashing.
        var batches: [(writer: LedgerWriter, inputs: [LedgerInput])] = []
        for delivery in deliveries {
            switch action(delivery, AckToken(target: batch, tag: delivery.tag)) {
            case .submit(let input, let writer):
                if let index = batches.firstIndex(where: { $0.writer === writer }) {
                    batches[index].inputs.append(input)
                } else {
                    batches.append((writer, [input]))
                    batches[batches.count - 1].inputs.reserveCapacity(deliveries.count)
                }
            case .submitAll(let inputs, let writer):
                if let index = batches.firstIndex(where: { $0.writer === writer }) {
                    batches[index].inputs += inputs
                } else {
                    batches.append((writer, inputs))
                }
            case .keep: break
            case .perform(let control):
                control()
                session.settle([delivery.tag])
            }
        }
        for (writer, inputs) in batches { writer.submit(inputs) }
    }
}

extension DeliveryIntake {
    /// The intake of a partition's own queue.
    /// - Parameter expects: whether an answer is the one that a stream waits for.
    init(
        budget: DeliveryBudget, reader: DeliveryReader, writer: LedgerWriter, markers: QueueMarkers,
        expects: @escaping @Sendable (_ answer: StreamApplied) -> Bool,
        resend: @escaping @Sendable (_ request: Resend) -> Void
    ) {
        self.init(budget: budget) { delivery, ackToken in
            switch reader.read(delivery, ackToken: ackToken) {
            case .input(let input): .submit(input, to: writer)
            case .inputs(let inputs): .submitAll(inputs, to: writer)
            case .marker(let marker): .submit(.marker(passed: { markers.pass(marker) }, ackToken), to: writer)
            case .streamApplied(let applied):
                .submit(.streamApplied(applied, answersHead: expects(applied), ackToken), to: writer)
            case .resend(let request): .perform { resend(request) }
            }
        }
    }
}

extension StoredDelivery {
    package init(_ delivery: Delivery) {
        let properties = delivery.properties
        self.init(
            queue: delivery.queue, exchange: delivery.exchange, routingKey: delivery.routingKey,
            messageID: properties.messageID, type: properties.type, userID: properties.userID, appID: properties.appID,
            contentType: properties.contentType, traceparent: properties.headers[HeaderName.traceparent]?.stringValue,
            sentAt: properties.timestamp.flatMap { Int64(exactly: $0) }, bodyLength: delivery.bodyLength,
            bodyDigest: delivery.bodyDigest.map { Hexadecimal.digits(of: $0) }, body: delivery.body)
        if let count = properties.headers["x-delivery-count"]?.intValue { deliveryCount = Int(clamping: count) }
    }
}

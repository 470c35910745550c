/// The stream of messages from one producer partition to one consumer partition: `application.p00>waitlist.p00`
/// (contract section 4).
public struct StreamName: Hashable, Sendable, CustomStringConvertible {
    /// The partition that sends.
    public let producer: Address
    /// The partition that receives.
    public let consumer: Address

    /// Names the stream between two partitions.
    public init(producer: Address, consumer: Address) {
        self.producer = producer
        self.consumer = consumer
    }

    /// Reads a name in the form of ``string``.
    public init?(parsing string: String) {
        let parts = string.split(separator: ">", omittingEmptySubsequences: false)
        guard parts.count == 2, let producer = Address(parsing: String(parts[0])),
            let consumer = Address(parsing: String(parts[1]))
        else { return nil }
        self.init(producer: producer, consumer: consumer)
    }

    /// Whether the producer sends its state where the consumer's may be another (contract section 4): its messages
    /// before that are covered by it, or have been applied.
    public var carriesState: Bool { producer.service == .application && consumer.service != .application }

    /// Whether that state covers the messages before it. NotifierService's does not: each of those is told to somebody.
    public var stateCoversMessages: Bool { carriesState && consumer.service == .waitlist }

    /// `application.p00>waitlist.p00`
    public var string: String { "\(producer.name)>\(consumer.name)" }

    /// The same as ``string``.
    public var description: String { string }
}

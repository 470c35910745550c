/// What one producer partition sends to one consumer partition: `application.p00>waitlist.p00` (contract section 4).
public struct StreamName: Hashable, Sendable, CustomStringConvertible {
    /// Who sends.
    public let producer: Address
    /// Who receives.
    public let consumer: Address

    /// Names the stream between two partitions.
    public init(producer: Address, consumer: Address) {
        self.producer = producer
        self.consumer = consumer
    }

    /// Reads a name as ``string`` writes it.
    public init?(parsing string: String) {
        let parts = string.split(separator: ">", omittingEmptySubsequences: false)
        guard parts.count == 2, let producer = Address(parsing: String(parts[0])),
            let consumer = Address(parsing: String(parts[1]))
        else { return nil }
        self.init(producer: producer, consumer: consumer)
    }

    /// `application.p00>waitlist.p00`
    public var string: String { "\(producer.name)>\(consumer.name)" }

    /// The name.
    public var description: String { string }

    init(reading string: String) throws(MessageError) {
        guard let name = StreamName(parsing: string) else {
            throw MessageError(code: .badValue, detail: "must be the name of a stream, as application.p00>waitlist.p00")
        }
        self = name
    }
}

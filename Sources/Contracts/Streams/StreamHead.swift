/// Reports the last `seq` of a producer's stream, which reveals a lost last message: `stream_head` (contract
/// section 4).
public struct StreamHead: Hashable, Sendable {
    /// The stream.
    public var stream: StreamName
    /// The epoch of the stream; `seq` starts again with each.
    public var epoch: Int64
    /// The last assigned `seq`, or 0 if there is none yet.
    public var head: Int64
    /// Chosen by the producer; the consumer returns it, which shows which head it answers (our addition).
    public var handshake: String?
    /// The producer's number of partitions, which must be the consumer's too (our addition). Nil from an earlier
    /// version.
    public var partitions: Int?

    /// Values are not checked here; decoding checks them.
    public init(stream: StreamName, epoch: Int64, head: Int64, handshake: String? = nil, partitions: Int? = nil) {
        self.stream = stream
        self.epoch = epoch
        self.head = head
        self.handshake = handshake
        self.partitions = partitions
    }
}

extension StreamHead: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        stream = try fields.required(.stream, fields.streamName(.stream))
        epoch = try fields.required(.epoch, fields.integer(.epoch, in: 0...Int64.max))
        head = try fields.required(.head, fields.integer(.head, in: 0...Int64.max))
        handshake = try fields.text(.handshake, in: Limits.handshake)
        partitions = try fields.count(.partitions, in: Limits.partitions)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.stream, stream.string)
        try writer.field(.epoch, epoch)
        try writer.field(.head, head)
        try writer.field(.handshake, handshake)
        try writer.field(.partitions, partitions)
    }
}

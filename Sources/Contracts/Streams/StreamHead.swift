/// A producer says how far its stream goes, which reveals a lost last message: `stream_head` (contract section 4).
public struct StreamHead: Hashable, Sendable {
    /// The stream.
    public var stream: StreamName
    /// Grows whenever the producer's file is created or restored.
    public var epoch: Int64
    /// The last `seq` given; 0 when there is none yet.
    public var head: Int64

    /// Takes the values as they are; only what is read is checked.
    public init(stream: StreamName, epoch: Int64, head: Int64) {
        self.stream = stream
        self.epoch = epoch
        self.head = head
    }
}

extension StreamHead: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeText(stream, .stream)
        try fields.encode(epoch, forKey: .epoch)
        try fields.encode(head, forKey: .head)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        stream = try fields.required(.stream, fields.parsed(.stream, by: StreamName.init(reading:)))
        epoch = try fields.required(.epoch, fields.integer(.epoch, in: 0...Int64.max))
        head = try fields.required(.head, fields.integer(.head, in: 0...Int64.max))
    }

    func write(to json: inout JSONWriter) {
        json.field(.stream, stream.description)
        json.field(.epoch, epoch)
        json.field(.head, head)
    }
}

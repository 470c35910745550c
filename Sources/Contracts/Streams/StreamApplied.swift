/// A consumer says how far it has applied a stream: `stream_applied` (contract section 4).
public struct StreamApplied: Hashable, Sendable {
    /// The stream.
    public var stream: StreamName
    /// Grows whenever the producer's file is created or restored.
    public var epoch: Int64
    /// The last `seq` applied; 0 when there is none yet.
    public var last: Int64

    /// Takes the values as they are; only what is read is checked.
    public init(stream: StreamName, epoch: Int64, last: Int64) {
        self.stream = stream
        self.epoch = epoch
        self.last = last
    }
}

extension StreamApplied: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeText(stream, .stream)
        try fields.encode(epoch, forKey: .epoch)
        try fields.encode(last, forKey: .last)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        stream = try fields.required(.stream, fields.parsed(.stream, by: StreamName.init(reading:)))
        epoch = try fields.required(.epoch, fields.integer(.epoch, in: 0...Int64.max))
        last = try fields.required(.last, fields.integer(.last, in: 0...Int64.max))
    }

    func write(to json: inout JSONWriter) {
        json.field(.stream, stream.description)
        json.field(.epoch, epoch)
        json.field(.last, last)
    }
}

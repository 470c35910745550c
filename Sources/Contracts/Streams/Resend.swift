/// A consumer asks a producer to send a stream again from a number on: `resend` (contract section 4).
public struct Resend: Hashable, Sendable {
    /// The stream.
    public var stream: StreamName
    /// Grows whenever the producer's file is created or restored.
    public var epoch: Int64
    /// The first `seq` that is missing, from 1.
    public var from: Int64

    /// Takes the values as they are; only what is read is checked.
    public init(stream: StreamName, epoch: Int64, from: Int64) {
        self.stream = stream
        self.epoch = epoch
        self.from = from
    }
}

extension Resend: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeText(stream, .stream)
        try fields.encode(epoch, forKey: .epoch)
        try fields.encode(from, forKey: .from)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        stream = try fields.required(.stream, fields.parsed(.stream, by: StreamName.init(reading:)))
        epoch = try fields.required(.epoch, fields.integer(.epoch, in: 0...Int64.max))
        from = try fields.required(.from, fields.integer(.from, in: 1...Int64.max))
    }

    func write(to json: inout JSONWriter) {
        json.field(.stream, stream.description)
        json.field(.epoch, epoch)
        json.field(.from, from)
    }
}

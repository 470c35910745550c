/// Asks a producer to send a stream again, starting at a `seq`: `resend` (contract section 4).
public struct Resend: Hashable, Sendable {
    /// The stream.
    public var stream: StreamName
    /// The epoch of the stream; `seq` starts again with each.
    public var epoch: Int64
    /// The first missing `seq`, from 1.
    public var from: Int64

    /// Values are not checked here; decoding checks them.
    public init(stream: StreamName, epoch: Int64, from: Int64) {
        self.stream = stream
        self.epoch = epoch
        self.from = from
    }
}

extension Resend: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        stream = try fields.required(.stream, fields.streamName(.stream))
        epoch = try fields.required(.epoch, fields.integer(.epoch, in: 0...Int64.max))
        from = try fields.required(.from, fields.integer(.from, in: 1...Int64.max))
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.stream, stream.string)
        try writer.field(.epoch, epoch)
        try writer.field(.from, from)
    }
}

/// Reports the last `seq` that a consumer has applied: `stream_applied` (contract section 4).
public struct StreamApplied: Hashable, Sendable {
    /// The stream.
    public var stream: StreamName
    /// The epoch of the stream; `seq` starts again with each.
    public var epoch: Int64
    /// The last applied `seq`, or 0 if there is none yet.
    public var last: Int64
    /// The ``StreamHead/handshake`` of the head that this answers (our addition).
    public var handshake: String?
    /// The ``handshake`` of a report, which answers no head.
    public static let unasked = "unasked"

    /// Asks for the producer's state: the consumer has state of an earlier epoch of the stream (our addition).
    public var resync: Bool?

    /// Values are not checked here; decoding checks them.
    public init(stream: StreamName, epoch: Int64, last: Int64, handshake: String? = nil, resync: Bool? = nil) {
        self.stream = stream
        self.epoch = epoch
        self.last = last
        self.handshake = handshake
        self.resync = resync
    }

    /// Whether it reports what was applied and cannot be lost any more. Earlier versions do not tell a report from an
    /// answer.
    public var isReport: Bool { handshake == nil || handshake == Self.unasked }
}

extension StreamApplied: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        stream = try fields.required(.stream, fields.streamName(.stream))
        epoch = try fields.required(.epoch, fields.integer(.epoch, in: 0...Int64.max))
        last = try fields.required(.last, fields.integer(.last, in: 0...Int64.max))
        handshake = try fields.text(.handshake, in: Limits.handshake)
        resync = try fields.bool(.resync)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.stream, stream.string)
        try writer.field(.epoch, epoch)
        try writer.field(.last, last)
        try writer.field(.handshake, handshake)
        try writer.field(.resync, resync)
    }
}

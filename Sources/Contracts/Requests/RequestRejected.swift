/// A reply to a request that cannot be read, or cannot be answered now: `question_refused`. It spares the requester the
/// wait for a timeout.
public struct RequestRejected: Hashable, Sendable {
    /// Why, in words that are safe to show and to log.
    public var reason: String

    /// The value is not checked here; decoding checks it.
    public init(reason: String) {
        self.reason = reason
    }
}

extension RequestRejected: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        reason = try fields.required(.reason, fields.text(.reason, in: Limits.reason))
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.reason, reason)
    }
}

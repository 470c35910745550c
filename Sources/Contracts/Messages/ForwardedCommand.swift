/// One of the ``ForwardedCommands``.
public struct ForwardedCommand: Hashable, Sendable {
    /// The command, in the form in which we write it.
    public var message: Message
    /// The `message_id` with which it arrived.
    public var messageID: String?
    /// By which the deciding partition recognises duplicates, in hexadecimal digits (contract section 4); nil without a
    /// `message_id`.
    public var digest: String?
    /// The trace that it belongs to.
    public var traceparent: String?

    /// Values are not checked here; decoding checks them.
    public init(message: Message, messageID: String? = nil, digest: String? = nil, traceparent: String? = nil) {
        self.message = message
        self.messageID = messageID
        self.digest = digest
        self.traceparent = traceparent
    }
}

extension ForwardedCommand: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        guard fields.contains(.message) else { throw fields.error(.missingField, .message, "is required") }
        message = try Message(fields.required(.message, fields.object(.message)))
        messageID = try fields.text(.messageID, in: Limits.shortString)
        digest = try fields.text(.digest, in: Limits.digest)
        traceparent = try fields.text(.traceparent, in: Limits.shortString)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.object(.message, message)
        try writer.field(.messageID, messageID)
        try writer.field(.digest, digest)
        try writer.field(.traceparent, traceparent)
    }
}

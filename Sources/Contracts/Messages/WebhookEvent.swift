/// What has happened, for the callback of a command and for the caller's webhook endpoints: `webhook_event` (contract
/// section 8). ApplicationService sends it to the partition of NotifierService that the caller's name determines.
public struct WebhookEvent: Hashable, Sendable {
    /// Identifies the event for its receivers; without a full stop.
    public var webhookID: String
    /// The name of the caller whose secret signs it and whose endpoints receive it.
    public var caller: String
    /// Such as `operation.completed`.
    public var type: String
    /// When it happened.
    public var timestamp: Timestamp
    /// The callback of the command; nil if it had none.
    public var url: String?
    /// What has happened, as JSON. A text, so that its bytes are those that a poll returns.
    public var payload: String

    /// Values are not checked here; decoding checks them.
    public init(
        webhookID: String, caller: String, type: String, timestamp: Timestamp, url: String? = nil, payload: String
    ) {
        self.webhookID = webhookID
        self.caller = caller
        self.type = type
        self.timestamp = timestamp
        self.url = url
        self.payload = payload
    }
}

extension WebhookEvent: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        webhookID = try fields.required(.webhookID, fields.text(.webhookID, in: Limits.webhookName))
        caller = try fields.required(.caller, fields.text(.caller, in: Limits.callerName))
        type = try fields.required(.type, fields.text(.type, in: Limits.webhookName))
        timestamp = try fields.required(.timestamp, fields.timestamp(.timestamp)).timestamp(in: .gmt)
        url = try fields.text(.url, in: Limits.callbackURL)
        payload = try fields.required(.payload, fields.text(.payload, in: Limits.webhookPayload))
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.webhookID, webhookID)
        try writer.field(.caller, caller)
        try writer.field(.type, type)
        try writer.field(.timestamp, .instant(timestamp))
        try writer.field(.url, url)
        try writer.field(.payload, payload)
    }
}

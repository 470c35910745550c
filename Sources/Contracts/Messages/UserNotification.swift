/// A text for a user: the payload of the customer's channel `notifications` (contract section 2).
public struct UserNotification: Hashable, Sendable {
    /// The recipient.
    public var userID: ID
    /// The text, in the user's language.
    public var message: String
    /// When it was sent.
    public var timestamp: WireTime
    /// Why it was sent (our addition).
    public var kind: NotificationKind?
    /// The application concerned (our addition).
    public var applicationID: ID?

    /// Values are not checked here; decoding checks them.
    public init(
        userID: ID, message: String, timestamp: WireTime, kind: NotificationKind? = nil, applicationID: ID? = nil
    ) {
        self.userID = userID
        self.message = message
        self.timestamp = timestamp
        self.kind = kind
        self.applicationID = applicationID
    }
}

extension UserNotification: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        userID = try fields.required(.notificationUserID, fields.id(.notificationUserID, .flat))
        message = try fields.required(.message, fields.text(.message, in: Limits.notificationText))
        timestamp = try fields.required(.timestamp, fields.timestamp(.timestamp))
        kind = try fields.word(.kind, as: NotificationKind.self)
        applicationID = try fields.id(.notificationApplicationID, .flat)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.notificationUserID, userID, .flat)
        try writer.field(.message, message)
        try writer.field(.timestamp, timestamp)
        try writer.field(.kind, kind?.rawValue)
        try writer.id(.notificationApplicationID, applicationID, .flat)
    }

    var texts: [CheckedText] { [CheckedText(field: .message, text: message, rule: .paragraphs)] }
}

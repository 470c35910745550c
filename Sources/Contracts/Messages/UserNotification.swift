/// What a user is told: the payload of the customer's channel `notifications` (contract section 2).
///
/// Where Foundation is imported too, its own `UserNotification` makes the bare name ambiguous: write
/// `UserNotification`.
public struct UserNotification: Hashable, Sendable {
    /// Who is told.
    public var userID: ID
    /// The text, in the user's language.
    public var message: String
    /// When it was sent.
    public var timestamp: WireTime
    /// Why it was sent (ours).
    public var kind: NotificationKind?
    /// The application it is about (ours).
    public var applicationID: ID?

    /// Takes the values as they are; only what is read is checked.
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

extension UserNotification: Codable {
    /// Reads the record and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes the record.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeFlat(userID, .notificationUserID)
        try fields.encode(message, forKey: .message)
        try fields.encodeText(timestamp, .timestamp)
        try fields.encodeIfPresent(kind?.rawValue, forKey: .kind)
        try fields.encodeFlat(applicationID, .notificationApplicationID)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        userID = try fields.required(.notificationUserID, fields.id(.notificationUserID, numberFirst: false))
        message = try fields.required(.message, fields.text(.message, in: Limits.notificationText))
        timestamp = try fields.required(.timestamp, fields.time(.timestamp))
        kind = try fields.word(.kind, as: NotificationKind.self)
        applicationID = try fields.id(.notificationApplicationID, numberFirst: false)
    }

    func write(to json: inout JSONWriter) {
        json.flat(.notificationUserID, userID)
        json.field(.message, message)
        json.field(.timestamp, timestamp)
        json.field(.kind, kind?.rawValue)
        json.flat(.notificationApplicationID, applicationID)
    }
}

/// A volunteer's status for a spot: the record of the customer's queue 2 (contract section 2).
public struct SpotStatusRecord: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// The volunteer.
    public var userID: ID
    /// The status.
    public var status: SpotStatus
    /// When the status began.
    public var timestamp: WireTime
    /// When the offer lapses; only with ``SpotStatus/available`` (our addition).
    public var expiresAt: WireTime?
    /// The position in the list, from 1; only with ``SpotStatus/waiting`` (our addition).
    public var position: Int?
    /// Why, in up to 500 Unicode scalars (our addition).
    public var reason: String?
    /// What the organiser wrote when removing the volunteer, in up to 500 Unicode scalars; only with the reason
    /// ``RefusalReason/removedByOrganiser`` (our addition).
    public var comment: String?

    /// Values are not checked here; decoding checks them.
    public init(
        applicationID: ID, userID: ID, status: SpotStatus, timestamp: WireTime, expiresAt: WireTime? = nil,
        position: Int? = nil, reason: String? = nil, comment: String? = nil
    ) {
        self.applicationID = applicationID
        self.userID = userID
        self.status = status
        self.timestamp = timestamp
        self.expiresAt = expiresAt
        self.position = position
        self.reason = reason
        self.comment = comment
    }
}

extension SpotStatusRecord: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        applicationID = try fields.required(.applicationID, fields.id(.applicationID, .flat))
        userID = try fields.required(.userID, fields.id(.userID, .flat))
        status = try fields.required(.status, fields.word(.status, as: SpotStatus.self))
        timestamp = try fields.required(.timestamp, fields.timestamp(.timestamp))
        expiresAt = try fields.timestamp(.expiresAt)
        position = try fields.count(.position, in: 1...Int.max)
        reason = try fields.text(.reason, in: Limits.reason)
        comment = try fields.text(.comment, in: Limits.reason)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.applicationID, applicationID, .flat)
        try writer.id(.userID, userID, .flat)
        try writer.field(.status, status.rawValue)
        try writer.field(.timestamp, timestamp)
        try writer.field(.expiresAt, expiresAt)
        try writer.field(.position, position)
        try writer.field(.reason, reason)
        try writer.field(.comment, comment)
    }

    var texts: [CheckedText] {
        [
            CheckedText(field: .reason, text: reason, rule: .line),
            CheckedText(field: .comment, text: comment, rule: .line),
        ]
    }
}

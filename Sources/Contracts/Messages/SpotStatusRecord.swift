/// How it stands between a volunteer and a spot: the record of the customer's queue 2 (contract section 2).
public struct SpotStatusRecord: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// The volunteer.
    public var userID: ID
    /// How it stands.
    public var status: SpotStatus
    /// When it came to be so.
    public var timestamp: WireTime
    /// Until when the offer holds; with ``SpotStatus/available`` only (ours).
    public var expiresAt: WireTime?
    /// The place in the list, from 1; with ``SpotStatus/waiting`` only (ours).
    public var position: Int?
    /// Why, in up to 500 Unicode scalars (ours).
    public var reason: String?

    /// Takes the values as they are; only what is read is checked.
    public init(
        applicationID: ID, userID: ID, status: SpotStatus, timestamp: WireTime, expiresAt: WireTime? = nil,
        position: Int? = nil, reason: String? = nil
    ) {
        self.applicationID = applicationID
        self.userID = userID
        self.status = status
        self.timestamp = timestamp
        self.expiresAt = expiresAt
        self.position = position
        self.reason = reason
    }
}

extension SpotStatusRecord: Codable {
    /// Reads the record and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes the record.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeFlat(applicationID, .applicationID)
        try fields.encodeFlat(userID, .userID)
        try fields.encode(status.rawValue, forKey: .status)
        try fields.encodeText(timestamp, .timestamp)
        try fields.encodeText(expiresAt, .expiresAt)
        try fields.encodeIfPresent(position, forKey: .position)
        try fields.encodeIfPresent(reason, forKey: .reason)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        applicationID = try fields.required(.applicationID, fields.id(.applicationID, numberFirst: false))
        userID = try fields.required(.userID, fields.id(.userID, numberFirst: false))
        status = try fields.required(.status, fields.word(.status, as: SpotStatus.self))
        timestamp = try fields.required(.timestamp, fields.time(.timestamp))
        expiresAt = try fields.time(.expiresAt)
        position = try fields.count(.position, in: 1...Int.max)
        reason = try fields.text(.reason, in: Limits.reason)
    }

    func write(to json: inout JSONWriter) {
        json.flat(.applicationID, applicationID)
        json.flat(.userID, userID)
        json.field(.status, status.rawValue)
        json.field(.timestamp, timestamp)
        json.field(.expiresAt, expiresAt)
        json.field(.position, position)
        json.field(.reason, reason)
    }
}

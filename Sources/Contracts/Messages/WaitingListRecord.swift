/// The volunteer is durably on the list, at this position: the record of the customer's queue 1 (contract section 2).
public struct WaitingListRecord: Hashable, Sendable {
    /// The volunteer.
    public var userID: ID
    /// The application.
    public var applicationID: ID
    /// When the volunteer went onto the list.
    public var timestamp: WireTime
    /// The place in the list, from 1 (ours).
    public var position: Int?

    /// Takes the values as they are; only what is read is checked.
    public init(userID: ID, applicationID: ID, timestamp: WireTime, position: Int? = nil) {
        self.userID = userID
        self.applicationID = applicationID
        self.timestamp = timestamp
        self.position = position
    }
}

extension WaitingListRecord: Codable {
    /// Reads the record and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes the record.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeFlat(userID, .userID)
        try fields.encodeFlat(applicationID, .applicationID)
        try fields.encodeText(timestamp, .timestamp)
        try fields.encodeIfPresent(position, forKey: .position)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        userID = try fields.required(.userID, fields.id(.userID, numberFirst: false))
        applicationID = try fields.required(.applicationID, fields.id(.applicationID, numberFirst: false))
        timestamp = try fields.required(.timestamp, fields.time(.timestamp))
        position = try fields.count(.position, in: 1...Int.max)
    }

    func write(to json: inout JSONWriter) {
        json.flat(.userID, userID)
        json.flat(.applicationID, applicationID)
        json.field(.timestamp, timestamp)
        json.field(.position, position)
    }
}

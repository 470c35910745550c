/// The volunteer is durably on the list, at this position: the record of the customer's queue 1 (contract section 2).
public struct WaitingListRecord: Hashable, Sendable {
    /// The volunteer.
    public var userID: ID
    /// The application.
    public var applicationID: ID
    /// When the volunteer joined the list.
    public var timestamp: WireTime
    /// The position in the list, from 1 (our addition).
    public var position: Int?

    /// Values are not checked here; decoding checks them.
    public init(userID: ID, applicationID: ID, timestamp: WireTime, position: Int? = nil) {
        self.userID = userID
        self.applicationID = applicationID
        self.timestamp = timestamp
        self.position = position
    }
}

extension WaitingListRecord: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        userID = try fields.required(.userID, fields.id(.userID, .flat))
        applicationID = try fields.required(.applicationID, fields.id(.applicationID, .flat))
        timestamp = try fields.required(.timestamp, fields.timestamp(.timestamp))
        position = try fields.count(.position, in: 1...Int.max)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.userID, userID, .flat)
        try writer.id(.applicationID, applicationID, .flat)
        try writer.field(.timestamp, timestamp)
        try writer.field(.position, position)
    }
}

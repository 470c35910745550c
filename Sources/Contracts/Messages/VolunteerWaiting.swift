/// A volunteer joins the waiting list: `volunteer_waiting`. A foreign one is treated as an `accepted` response
/// (contract sections 2 and 3).
///
/// Its `status` is always `waiting`; any other value is rejected.
public struct VolunteerWaiting: Hashable, Sendable {
    /// The volunteer.
    public var volunteerID: ID
    /// The application.
    public var applicationID: ID
    /// When the response was accepted (our addition).
    public var timestamp: WireTime?
    /// Between ApplicationService and WaitlistService (our addition).
    public var stamp: AllocationStamp?

    /// Values are not checked here; decoding checks them.
    public init(
        volunteerID: ID, applicationID: ID, timestamp: WireTime? = nil, stamp: AllocationStamp? = nil
    ) {
        self.volunteerID = volunteerID
        self.applicationID = applicationID
        self.timestamp = timestamp
        self.stamp = stamp
    }
}

extension VolunteerWaiting: Codable, FieldCodable {
    private static let status = "waiting"

    init(_ fields: some FieldReader) throws {
        volunteerID = try fields.required(.volunteerID, fields.id(.volunteerID, .enveloped))
        applicationID = try fields.required(.volunteerApplicationID, fields.id(.volunteerApplicationID, .enveloped))
        guard try fields.required(.status, fields.text(.status, in: 0...Limits.maxMessageBytes)) == Self.status else {
            throw fields.error(.badValue, .status, "must be \(Self.status)")
        }
        timestamp = try fields.timestamp(.timestamp)
        stamp = fields.stamp()
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerID, volunteerID, .enveloped)
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.field(.status, Self.status)
        try writer.field(.timestamp, timestamp)
        try writer.stamp(stamp)
    }
}

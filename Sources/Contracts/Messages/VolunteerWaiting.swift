/// A volunteer goes onto the waiting list: `volunteer_waiting`. A foreign one is treated as an `accepted` response
/// (contract sections 2 and 3).
///
/// Its `status` must be, and is written as, `waiting`.
public struct VolunteerWaiting: Hashable, Sendable {
    /// The volunteer.
    public var volunteerID: ID
    /// The application.
    public var applicationID: ID
    /// When the response was accepted (ours).
    public var timestamp: WireTime?

    /// Takes the values as they are; only what is read is checked.
    public init(volunteerID: ID, applicationID: ID, timestamp: WireTime? = nil) {
        self.volunteerID = volunteerID
        self.applicationID = applicationID
        self.timestamp = timestamp
    }
}

extension VolunteerWaiting: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeEnveloped(volunteerID, .volunteerID)
        try fields.encodeEnveloped(applicationID, .volunteerApplicationID)
        try fields.encode(Self.status, forKey: .status)
        try fields.encodeText(timestamp, .timestamp)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        volunteerID = try fields.required(.volunteerID, fields.id(.volunteerID, numberFirst: true))
        applicationID = try fields.required(
            .volunteerApplicationID, fields.id(.volunteerApplicationID, numberFirst: true))
        guard try fields.required(.status, fields.text(.status, in: 0...Limits.maxMessageBytes)) == Self.status else {
            throw fields.error(.badValue, .status, "must be \(Self.status)")
        }
        timestamp = try fields.time(.timestamp)
    }

    /// The only word there is.
    private static let status = "waiting"

    func write(to json: inout JSONWriter) {
        json.enveloped(.volunteerID, volunteerID)
        json.enveloped(.volunteerApplicationID, applicationID)
        json.field(.status, Self.status)
        json.field(.timestamp, timestamp)
    }
}

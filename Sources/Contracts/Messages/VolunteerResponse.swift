/// A volunteer's answer: `volunteer_response`. From ApplicationService to WaitlistService it says that the volunteer
/// left the list (contract sections 2 and 3).
public struct VolunteerResponse: Hashable, Sendable {
    /// The volunteer.
    public var volunteerID: ID
    /// The application.
    public var applicationID: ID
    /// The answer.
    public var status: ResponseStatus

    /// Takes the values as they are; only what is read is checked.
    public init(volunteerID: ID, applicationID: ID, status: ResponseStatus) {
        self.volunteerID = volunteerID
        self.applicationID = applicationID
        self.status = status
    }
}

extension VolunteerResponse: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeEnveloped(volunteerID, .volunteerID)
        try fields.encodeEnveloped(applicationID, .volunteerApplicationID)
        try fields.encode(status.rawValue, forKey: .status)
    }

    init(_ fields: KeyedDecodingContainer<Field>, given: CommandBody.Given? = nil) throws {
        volunteerID = try fields.required(
            .volunteerID, fields.id(.volunteerID, numberFirst: true) ?? given?.volunteerID)
        applicationID = try fields.applicationID(given)
        status = try fields.required(.status, fields.word(.status, as: ResponseStatus.self))
    }

    func write(to json: inout JSONWriter) {
        json.enveloped(.volunteerID, volunteerID)
        json.enveloped(.volunteerApplicationID, applicationID)
        json.field(.status, status.rawValue)
    }
}

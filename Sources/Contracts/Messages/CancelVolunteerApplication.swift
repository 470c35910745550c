/// Cancels an application for good: `cancel_volunteer_application` (contract section 2; ours).
public struct CancelVolunteerApplication: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// Up to 500 Unicode scalars.
    public var reason: String?

    /// Takes the values as they are; only what is read is checked.
    public init(applicationID: ID, reason: String? = nil) {
        self.applicationID = applicationID
        self.reason = reason
    }
}

extension CancelVolunteerApplication: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeEnveloped(applicationID, .volunteerApplicationID)
        try fields.encodeIfPresent(reason, forKey: .reason)
    }

    init(_ fields: KeyedDecodingContainer<Field>, given: CommandBody.Given? = nil) throws {
        applicationID = try fields.applicationID(given)
        reason = try fields.text(.reason, in: Limits.reason)
    }

    func write(to json: inout JSONWriter) {
        json.enveloped(.volunteerApplicationID, applicationID)
        json.field(.reason, reason)
    }
}

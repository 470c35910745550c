/// A volunteer's answer: `volunteer_response`. From ApplicationService to WaitlistService it says that the volunteer
/// left the list (contract sections 2 and 3).
public struct VolunteerResponse: Hashable, Sendable {
    /// The volunteer.
    public var volunteerID: ID
    /// The application.
    public var applicationID: ID
    /// The answer.
    public var status: ResponseStatus
    /// Why somebody else declines for the volunteer, in up to 500 Unicode scalars (our addition).
    public var reason: String?
    /// Between ApplicationService and WaitlistService (our addition).
    public var stamp: AllocationStamp?

    /// Values are not checked here; decoding checks them.
    public init(
        volunteerID: ID, applicationID: ID, status: ResponseStatus, reason: String? = nil,
        stamp: AllocationStamp? = nil
    ) {
        self.volunteerID = volunteerID
        self.applicationID = applicationID
        self.status = status
        self.reason = reason
        self.stamp = stamp
    }
}

extension VolunteerResponse: Codable, CommandData {
    init(_ fields: some FieldReader, given: CommandBody.Given?) throws {
        volunteerID = try fields.required(.volunteerID, fields.id(.volunteerID, .enveloped) ?? given?.volunteerID)
        applicationID = try fields.applicationID(given)
        status = try fields.required(.status, fields.word(.status, as: ResponseStatus.self))
        reason = try fields.text(.reason, in: Limits.reason)
        stamp = given == nil ? fields.stamp() : nil
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerID, volunteerID, .enveloped)
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.field(.status, status.rawValue)
        try writer.field(.reason, reason)
        try writer.stamp(stamp)
    }

    var texts: [CheckedText] { [CheckedText(field: .reason, text: reason, rule: .line)] }
}

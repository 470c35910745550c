/// Cancels an application for good: `cancel_volunteer_application` (contract section 2; our addition).
public struct CancelVolunteerApplication: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// Up to 500 Unicode scalars.
    public var reason: String?
    /// Between ApplicationService and WaitlistService (our addition).
    public var stamp: AllocationStamp?

    /// Values are not checked here; decoding checks them.
    public init(applicationID: ID, reason: String? = nil, stamp: AllocationStamp? = nil) {
        self.applicationID = applicationID
        self.reason = reason
        self.stamp = stamp
    }
}

extension CancelVolunteerApplication: Codable, CommandData {
    init(_ fields: some FieldReader, given: CommandBody.Given?) throws {
        applicationID = try fields.applicationID(given)
        reason = try fields.text(.reason, in: Limits.reason)
        stamp = given == nil ? fields.stamp() : nil
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.field(.reason, reason)
        try writer.stamp(stamp)
    }

    var texts: [CheckedText] { [CheckedText(field: .reason, text: reason, rule: .line)] }
}

/// Asks WaitlistService for volunteers' current positions on the list of an application: `ask_waitlist_positions`. The
/// reply is ``WaitlistPositionsReply``.
public struct WaitlistPositionsRequest: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// The volunteers whose positions are wanted, at most 1,000, in any order.
    public var volunteerIDs: [ID]
    /// n of contract section 5: WaitlistService answers once it has applied as many messages about the application, or
    /// after a short time; nil: at once.
    public var seen: Int?

    /// Values are not checked here; decoding checks them.
    public init(applicationID: ID, volunteerIDs: [ID], seen: Int? = nil) {
        self.applicationID = applicationID
        self.volunteerIDs = volunteerIDs
        self.seen = seen
    }
}

extension WaitlistPositionsRequest: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        applicationID = try fields.required(.volunteerApplicationID, fields.id(.volunteerApplicationID, .enveloped))
        volunteerIDs = try fields.required(.volunteerIDs, fields.ids(.volunteerIDs))
        guard volunteerIDs.count <= Limits.volunteersPerRequest else {
            throw fields.error(.badValue, .volunteerIDs, "must name at most \(Limits.volunteersPerRequest)")
        }
        seen = try fields.count(.seen, in: 0...Int.max)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.ids(.volunteerIDs, volunteerIDs, .enveloped)
        try writer.field(.seen, seen)
    }
}

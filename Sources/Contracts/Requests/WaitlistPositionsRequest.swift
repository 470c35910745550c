/// Asks WaitlistService where volunteers are on the list of an application now: `ask_waitlist_positions`. The answer is
/// ``WaitlistPositionsReply``.
public struct WaitlistPositionsRequest: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// Whose positions are asked for, at most 1,000; in any order.
    public var volunteerIDs: [ID]

    /// Takes the values as they are; only what is read is checked.
    public init(applicationID: ID, volunteerIDs: [ID]) {
        self.applicationID = applicationID
        self.volunteerIDs = volunteerIDs
    }
}

extension WaitlistPositionsRequest {
    init(_ fields: KeyedDecodingContainer<Field>) throws {
        applicationID = try fields.required(
            .volunteerApplicationID, fields.id(.volunteerApplicationID, numberFirst: true))
        volunteerIDs = try fields.required(.volunteerIDs, fields.ids(.volunteerIDs))
        guard volunteerIDs.count <= Limits.volunteersPerQuestion else {
            throw fields.error(.badValue, .volunteerIDs, "must name at most \(Limits.volunteersPerQuestion)")
        }
    }

    func write(to json: inout JSONWriter) {
        json.enveloped(.volunteerApplicationID, applicationID)
        json.enveloped(.volunteerIDs, volunteerIDs)
    }
}

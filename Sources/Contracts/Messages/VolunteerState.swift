/// What ApplicationService knows about one volunteer of an application, in an ``ApplicationState``.
public struct VolunteerState: Hashable, Sendable {
    /// Whether the volunteer has a spot.
    public enum Status: String, CaseIterable, Sendable, Codable {
        /// The volunteer has a spot.
        case confirmed = "подтверждено"
        /// The volunteer is on the waiting list.
        case waiting = "в листе ожидания"
    }

    /// The volunteer.
    public var volunteerID: ID
    /// Whether the volunteer has a spot.
    public var status: Status
    /// When the response that led to this status was accepted.
    public var since: Timestamp
    /// When the offer that was made in this release lapses or lapsed; nil if none was made.
    public var offerExpiresAt: Timestamp?
    /// Of one who waits: whether WaitlistService has answered that the volunteer is on its list.
    public var isListed: Bool?

    /// Values are not checked here; decoding checks them.
    public init(
        volunteerID: ID, status: Status, since: Timestamp, offerExpiresAt: Timestamp? = nil, isListed: Bool? = nil
    ) {
        self.volunteerID = volunteerID
        self.status = status
        self.since = since
        self.offerExpiresAt = offerExpiresAt
        self.isListed = isListed
    }
}

extension VolunteerState: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        volunteerID = try fields.required(.volunteerID, fields.id(.volunteerID, .enveloped))
        status = try fields.required(.status, fields.word(.status, as: Status.self))
        since = try fields.required(.timestamp, fields.timestamp(.timestamp)).timestamp(in: .gmt)
        offerExpiresAt = try fields.timestamp(.expiresAt)?.timestamp(in: .gmt)
        isListed = try fields.bool(.listed)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerID, volunteerID, .enveloped)
        try writer.field(.status, status.rawValue)
        try writer.field(.timestamp, .instant(since))
        try writer.field(.expiresAt, offerExpiresAt.map { .instant($0) })
        try writer.field(.listed, isListed)
    }
}

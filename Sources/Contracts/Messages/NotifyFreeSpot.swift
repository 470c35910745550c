/// Spots are reserved for the waiting list, or offered to volunteers on it: `notify_free_spot` (contract sections 2
/// and 5).
public struct NotifyFreeSpot: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// The number of reserved spots, 0 to 100,000.
    public var availableSpots: Int
    /// The volunteers concerned, in the order of the list; may be empty. We write at most 1,000; a foreign message
    /// may hold more.
    public var waitingVolunteers: [ID]
    /// The number of the release, from 1 (our addition).
    public var release: Int?
    /// If present, these volunteers hold offers until then; if absent, the release is over (our addition).
    public var expiresAt: WireTime?
    /// From ApplicationService: how many messages about this application it has sent to WaitlistService, with this one
    /// (our addition).
    public var sent: Int?
    /// From WaitlistService: the ``sent`` of the last message of ApplicationService about this application that it has
    /// applied (our addition).
    public var seen: Int?
    /// The epoch of the stream in which that message came (our addition).
    public var epoch: Int64?
    /// Whether further messages of the same round follow (our addition).
    public var more: Bool?

    /// Values are not checked here; decoding checks them.
    public init(
        applicationID: ID, availableSpots: Int, waitingVolunteers: [ID], release: Int? = nil,
        expiresAt: WireTime? = nil, sent: Int? = nil, seen: Int? = nil, epoch: Int64? = nil, more: Bool? = nil
    ) {
        self.applicationID = applicationID
        self.availableSpots = availableSpots
        self.waitingVolunteers = waitingVolunteers
        self.release = release
        self.expiresAt = expiresAt
        self.sent = sent
        self.seen = seen
        self.epoch = epoch
        self.more = more
    }
}

extension NotifyFreeSpot: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        applicationID = try fields.required(.volunteerApplicationID, fields.id(.volunteerApplicationID, .enveloped))
        availableSpots = try fields.required(.availableSpots, fields.count(.availableSpots, in: Limits.freeSpots))
        waitingVolunteers = try fields.required(.waitingVolunteers, fields.ids(.waitingVolunteers))
        release = try fields.count(.release, in: 1...Int.max)
        expiresAt = try fields.timestamp(.expiresAt)
        sent = try fields.count(.sent, in: 1...Int.max)
        seen = try fields.count(.seen, in: 0...Int.max)
        epoch = try fields.integer(.epoch, in: 0...Int64.max)
        more = try fields.bool(.more)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerApplicationID, applicationID, .enveloped)
        try writer.field(.availableSpots, availableSpots)
        try writer.ids(.waitingVolunteers, waitingVolunteers, .enveloped)
        try writer.field(.release, release)
        try writer.field(.expiresAt, expiresAt)
        try writer.field(.sent, sent)
        try writer.field(.seen, seen)
        try writer.field(.epoch, epoch)
        try writer.field(.more, more)
    }
}

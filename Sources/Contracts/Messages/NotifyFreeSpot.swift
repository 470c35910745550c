/// Spots are reserved for the waiting list, or offered to those on it: `notify_free_spot` (contract sections 2 and 5).
public struct NotifyFreeSpot: Hashable, Sendable {
    /// The application.
    public var applicationID: ID
    /// How many spots are reserved, 0 to 100,000.
    public var availableSpots: Int
    /// Who is meant, in the order of the list; may be empty. We write at most 1,000; a foreign message may hold more.
    public var waitingVolunteers: [ID]
    /// The number of the release, from 1 (ours).
    public var release: Int?
    /// With it, these volunteers hold offers until then; without, the release is over (ours).
    public var expiresAt: WireTime?
    /// How many messages of ApplicationService about this application WaitlistService has applied (ours).
    public var seen: Int?
    /// Whether further parts of the same round follow (ours).
    public var more: Bool?

    /// Takes the values as they are; only what is read is checked.
    public init(
        applicationID: ID, availableSpots: Int, waitingVolunteers: [ID], release: Int? = nil,
        expiresAt: WireTime? = nil, seen: Int? = nil, more: Bool? = nil
    ) {
        self.applicationID = applicationID
        self.availableSpots = availableSpots
        self.waitingVolunteers = waitingVolunteers
        self.release = release
        self.expiresAt = expiresAt
        self.seen = seen
        self.more = more
    }
}

extension NotifyFreeSpot: Codable {
    /// Reads `data` of the envelope and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes `data` of the envelope.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeEnveloped(applicationID, .volunteerApplicationID)
        try fields.encode(availableSpots, forKey: .availableSpots)
        try fields.encodeEnveloped(waitingVolunteers, .waitingVolunteers)
        try fields.encodeIfPresent(release, forKey: .release)
        try fields.encodeText(expiresAt, .expiresAt)
        try fields.encodeIfPresent(seen, forKey: .seen)
        try fields.encodeIfPresent(more, forKey: .more)
    }

    init(_ fields: KeyedDecodingContainer<Field>) throws {
        applicationID = try fields.required(
            .volunteerApplicationID, fields.id(.volunteerApplicationID, numberFirst: true))
        availableSpots = try fields.required(.availableSpots, fields.count(.availableSpots, in: Limits.freeSpots))
        waitingVolunteers = try fields.required(.waitingVolunteers, fields.ids(.waitingVolunteers))
        release = try fields.count(.release, in: 1...Int.max)
        expiresAt = try fields.time(.expiresAt)
        seen = try fields.count(.seen, in: 0...Int.max)
        more = try fields.bool(.more)
    }

    func write(to json: inout JSONWriter) {
        json.enveloped(.volunteerApplicationID, applicationID)
        json.field(.availableSpots, availableSpots)
        json.enveloped(.waitingVolunteers, waitingVolunteers)
        json.field(.release, release)
        json.field(.expiresAt, expiresAt)
        json.field(.seen, seen)
        json.field(.more, more)
    }
}

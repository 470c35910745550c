/// Volunteers' positions on a waiting list: `waitlist_positions`, the reply to ``WaitlistPositionsRequest``.
public struct WaitlistPositionsReply: Hashable, Sendable {
    /// One volunteer's position.
    public struct Position: Hashable, Sendable {
        /// The volunteer.
        public var volunteerID: ID
        /// The position in the list, from 1.
        public var position: Int

        /// Values are not checked here; decoding checks them.
        public init(volunteerID: ID, position: Int) {
            self.volunteerID = volunteerID
            self.position = position
        }
    }

    /// The requested volunteers who are on the list, each once, in the order of the list. Empty for an unknown
    /// application.
    public var positions: [Position]

    /// Values are not checked here; decoding checks them.
    public init(positions: [Position]) {
        self.positions = positions
    }
}

extension WaitlistPositionsReply: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        positions = try fields.required(.positions, fields.objects(.positions, of: Position.self))
        guard positions.count <= Limits.volunteersPerRequest else {
            throw fields.error(.badValue, .positions, "must name at most \(Limits.volunteersPerRequest)")
        }
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.objects(.positions, positions)
    }
}

extension WaitlistPositionsReply.Position: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        volunteerID = try fields.required(.volunteerID, fields.id(.volunteerID, .enveloped))
        position = try fields.required(.position, fields.count(.position, in: 1...Int.max))
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.id(.volunteerID, volunteerID, .enveloped)
        try writer.field(.position, position)
    }
}

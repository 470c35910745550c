/// Where volunteers are on the waiting list: `waitlist_positions`, the answer to ``WaitlistPositionsRequest``.
public struct WaitlistPositionsReply: Hashable, Sendable {
    /// One volunteer's.
    public struct Position: Hashable, Sendable {
        /// The volunteer.
        public var volunteerID: ID
        /// The place in the list, from 1.
        public var position: Int

        /// Takes the values as they are; only what is read is checked.
        public init(volunteerID: ID, position: Int) {
            self.volunteerID = volunteerID
            self.position = position
        }
    }

    /// Of those asked about who are on the list, each once, in its order. It is empty for an unknown application.
    public var positions: [Position]

    /// Takes the values as they are; only what is read is checked.
    public init(positions: [Position]) {
        self.positions = positions
    }
}

extension WaitlistPositionsReply {
    init(_ fields: KeyedDecodingContainer<Field>) throws {
        positions = try fields.required(.positions, fields.objects(.positions, Position.init))
        guard positions.count <= Limits.volunteersPerQuestion else {
            throw fields.error(.badValue, .positions, "must name at most \(Limits.volunteersPerQuestion)")
        }
    }

    func write(to json: inout JSONWriter) {
        json.objects(.positions, positions) { $0.write(to: &$1) }
    }
}

extension WaitlistPositionsReply.Position {
    init(_ fields: KeyedDecodingContainer<Field>) throws {
        volunteerID = try fields.required(.volunteerID, fields.id(.volunteerID, numberFirst: true))
        position = try fields.required(.position, fields.count(.position, in: 1...Int.max))
    }

    func write(to json: inout JSONWriter) {
        json.enveloped(.volunteerID, volunteerID)
        json.field(.position, position)
    }
}

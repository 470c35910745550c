/// A question of one service to a partition of another, or the answer to one (contract section 3: request and reply).
///
/// Apart from ``Message``: nothing is decided by it, it travels in no stream, and nobody keeps it. Whoever asks may be
/// left without an answer, and asks again.
public enum RequestReplyMessage: Sendable, Hashable {
    /// Where are these volunteers on the waiting list now?
    case askWaitlistPositions(WaitlistPositionsRequest)
    /// There they are.
    case waitlistPositions(WaitlistPositionsReply)
    /// There is no answer to that.
    case refused(RequestRejected)

    /// What it is: the word in `action` and in the AMQP property `type`.
    public enum Action: String, CaseIterable, Sendable {
        /// A question.
        case askWaitlistPositions = "ask_waitlist_positions"
        /// Its answer.
        case waitlistPositions = "waitlist_positions"
        /// The answer to any question that cannot be read or answered.
        case refused = "question_refused"
    }

    /// Reads `{"action": …, "data": {…}}` and checks every field; unknown fields are ignored. No input traps.
    /// - Throws: ``MessageError``, which is safe to show.
    public init(parsing body: some Collection<UInt8>) throws(MessageError) {
        self = try JSONBody.read(RequestReplyMessage.self, from: body)
    }

    /// The body to publish, as compact as a ``Message``. It never fails.
    public func encoded() -> [UInt8] {
        switch self {
        case .askWaitlistPositions(let question): JSONWriter.envelope(action, question.write)
        case .waitlistPositions(let answer): JSONWriter.envelope(action, answer.write)
        case .refused(let answer): JSONWriter.envelope(action, answer.write)
        }
    }

    /// What it is.
    public var action: Action {
        switch self {
        case .askWaitlistPositions: .askWaitlistPositions
        case .waitlistPositions: .waitlistPositions
        case .refused: .refused
        }
    }
}

extension RequestReplyMessage: Decodable {
    /// Reads the envelope.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        let word = try fields.required(.action, fields.text(.action, in: 0...Limits.maxMessageBytes))
        guard let action = Action(rawValue: word) else {
            throw fields.error(.unknownAction, .action, "is no question, and no answer to one")
        }
        guard fields.contains(.data) else { throw fields.error(.missingField, .data, "is required") }
        let data = try fields.nestedContainer(keyedBy: Field.self, forKey: .data)
        switch action {
        case .askWaitlistPositions: self = .askWaitlistPositions(try WaitlistPositionsRequest(data))
        case .waitlistPositions: self = .waitlistPositions(try WaitlistPositionsReply(data))
        case .refused: self = .refused(try RequestRejected(data))
        }
    }
}

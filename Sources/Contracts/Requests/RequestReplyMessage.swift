/// A request to a partition of another process, or the reply to one (contract section 3: request and reply).
///
/// It is not a ``Message``: it changes no state, belongs to no stream and is not stored. A request may stay without a
/// reply; a requester that only reads may then send it again.
public enum RequestReplyMessage: Sendable, Hashable {
    /// Asks for volunteers' positions on a waiting list.
    case askWaitlistPositions(WaitlistPositionsRequest)
    /// The reply to ``askWaitlistPositions(_:)``.
    case waitlistPositions(WaitlistPositionsReply)
    /// Passes an HTTP request on to the owner of its partition.
    case forwardedRequest(ForwardedRequest)
    /// The reply to ``forwardedRequest(_:)``.
    case forwardedResponse(ForwardedResponse)
    /// The reply to a request that cannot be read or answered.
    case refused(RequestRejected)

    /// The word in `action` and in the AMQP property `type`.
    public enum Action: String, CaseIterable, Sendable {
        /// A request.
        case askWaitlistPositions = "ask_waitlist_positions"
        /// Its reply.
        case waitlistPositions = "waitlist_positions"
        /// A request.
        case forwardedRequest = "forwarded_request"
        /// Its reply.
        case forwardedResponse = "forwarded_response"
        /// The reply to any request that cannot be read or answered.
        case refused = "question_refused"
    }

    /// Reads `{"action": …, "data": {…}}` and checks every field; unknown fields are ignored. No input traps.
    /// - Throws: ``MessageError``, which is safe to show.
    public init(parsing body: some Collection<UInt8>) throws(MessageError) {
        self = try JSONBody.read(RequestReplyMessage.self, from: body)
    }

    /// The body to publish: compact JSON in UTF-8, slashes not escaped. It never fails.
    public func encoded() -> [UInt8] { json() }

    /// The word in `action` and in the AMQP property `type`.
    public var action: Action {
        switch self {
        case .askWaitlistPositions: .askWaitlistPositions
        case .waitlistPositions: .waitlistPositions
        case .forwardedRequest: .forwardedRequest
        case .forwardedResponse: .forwardedResponse
        case .refused: .refused
        }
    }
}

extension RequestReplyMessage: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        let word = try fields.required(.action, fields.text(.action, in: 0...Limits.maxMessageBytes))
        guard let action = Action(rawValue: word) else {
            throw fields.error(.unknownAction, .action, "is not the action of a request or a reply")
        }
        let data = try fields.required(.data, fields.object(.data))
        switch action {
        case .askWaitlistPositions: self = .askWaitlistPositions(try WaitlistPositionsRequest(data))
        case .waitlistPositions: self = .waitlistPositions(try WaitlistPositionsReply(data))
        case .forwardedRequest: self = .forwardedRequest(try ForwardedRequest(data))
        case .forwardedResponse: self = .forwardedResponse(try ForwardedResponse(data))
        case .refused: self = .refused(try RequestRejected(data))
        }
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        switch self {
        case .askWaitlistPositions(let request): try writer.envelope(action, request)
        case .waitlistPositions(let reply): try writer.envelope(action, reply)
        case .forwardedRequest(let request): try writer.envelope(action, request)
        case .forwardedResponse(let reply): try writer.envelope(action, reply)
        case .refused(let reply): try writer.envelope(action, reply)
        }
    }
}

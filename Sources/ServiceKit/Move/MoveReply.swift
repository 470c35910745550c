import Broker

/// The answer to a ``MoveRequest``.
struct MoveReply: Sendable, Hashable {
    enum State: String, Sendable, CaseIterable {
        /// What was asked for is done.
        case accepted
        /// The request came a second time, and the first one is being worked on.
        case working
        /// The copy is complete and checked, and this is noted durably.
        case complete
        /// The receiver has the partition, and does not serve it yet.
        case taken
        /// The receiver serves the partition.
        case serving
        /// The sender has given the partition away.
        case moved
        /// The sender has kept the partition.
        case kept
        /// The sender cannot say yet.
        case undecided
        /// There is no such move.
        case unknown
        /// It is not done, for a reason.
        case refused
    }

    let state: State
    /// Of a refusal, in words that are safe to show.
    var reason: String?

    static func refused(_ reason: String) -> MoveReply { MoveReply(state: .refused, reason: reason) }
}

extension MoveReply {
    private static let type = "move_reply"

    func properties(user: String) -> MessageProperties {
        var headers: [String: HeaderValue] = [MoveHeader.state: .string(state.rawValue)]
        if let reason { headers[MoveHeader.reason] = .string(reason) }
        return MessageProperties(type: Self.type, userID: user, headers: headers)
    }

    /// Nil for a message that is no reply of a move.
    init?(_ delivery: Delivery) {
        let headers = delivery.properties.headers
        guard delivery.properties.type == Self.type,
            let state = headers[MoveHeader.state]?.stringValue.flatMap(State.init)
        else { return nil }
        self.init(state: state, reason: headers[MoveHeader.reason]?.stringValue.map { $0.quoted(limit: 500) })
    }
}

/// How far the callback of an operation has come.
struct CallbackStatus: Decodable, Hashable, Sendable {
    /// `waiting`, `unavailable`, or the state of the delivery: `pending`, `delivered`, `failed`.
    let state: String
    private(set) var attempts: Int?
    private(set) var nextAttemptAt: String?
    private(set) var lastStatus: Int?
    private(set) var lastError: String?

    /// The operation has not ended, or NotifierService knows nothing of its end.
    static let waiting = CallbackStatus(state: "waiting")
    /// NotifierService cannot be asked.
    static let unavailable = CallbackStatus(state: "unavailable")

    private init(state: String) {
        self.state = state
    }

    private enum CodingKeys: String, CodingKey {
        case state, attempts
        case nextAttemptAt = "next_attempt_at"
        case lastStatus = "last_status"
        case lastError = "last_error"
    }
}

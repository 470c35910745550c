import Contracts

/// Whether a webhook endpoint receives, as the partitions of NotifierService see it: each judges by its own deliveries.
struct EndpointHealth: Decodable, Hashable, Sendable {
    enum State: String, Decodable, Sendable {
        case enabled
        case disabled
        /// A partition cannot be asked, and no other has disabled it.
        case unavailable
    }

    private(set) var state: State
    private(set) var failingSince: String?
    private(set) var disabledAt: String?
    private(set) var reason: String?

    init(state: State, failingSince: String? = nil, disabledAt: String? = nil, reason: String? = nil) {
        self.state = state
        self.failingSince = failingSince
        self.disabledAt = disabledAt
        self.reason = reason
    }

    private enum CodingKeys: String, CodingKey {
        case state, reason
        case failingSince = "failing_since"
        case disabledAt = "disabled_at"
    }

    /// It is disabled if one partition has disabled it: since the first did, and for its reason.
    /// - Parameter parts: what each partition says; nil for one that cannot be asked.
    init(of parts: [EndpointHealth?]) {
        let known = parts.compactMap(\.self)
        func first(_ time: KeyPath<EndpointHealth, String?>) -> EndpointHealth? {
            known.compactMap { health in
                health[keyPath: time].flatMap { try? WireTime(parsing: $0) }
                    .map { (health: health, time: $0.timestamp(in: .gmt)) }
            }.min { $0.time < $1.time }?.health
        }
        let disabled = first(\.disabledAt)
        state = disabled != nil ? .disabled : known.count < parts.count ? .unavailable : .enabled
        failingSince = first(\.failingSince)?.failingSince
        disabledAt = disabled?.disabledAt
        reason = disabled?.reason
    }
}

package import Contracts

/// Whether a webhook endpoint still receives, judged by the attempts of one partition.
package struct EndpointHealth: Sendable, Hashable {
    /// The words are stored and shown to callers.
    package enum Reason: String, Sendable, CaseIterable {
        /// It has answered 410.
        case gone
        /// Nothing but failures for ``EndpointHealth/limit``.
        case failing
    }

    /// When the first attempt failed after the last success; nil if the last one has succeeded.
    package private(set) var failingSince: Timestamp?
    /// The same in time served, by which its age is measured.
    package private(set) var failingSinceServed: Timestamp?
    package private(set) var disabledAt: Timestamp?
    package private(set) var reason: Reason?

    package var isDisabled: Bool { disabledAt != nil }

    /// An endpoint whose attempts have only failed for this time is disabled (contract section 6).
    package static let limit: Duration = .seconds(5 * 86_400)

    package init(
        failingSince: Timestamp? = nil, failingSinceServed: Timestamp? = nil, disabledAt: Timestamp? = nil,
        reason: Reason? = nil
    ) {
        self.failingSince = failingSince
        self.failingSinceServed = failingSinceServed
        self.disabledAt = disabledAt
        self.reason = reason
    }

    /// - Parameter servedNow: the time served: time in which the service was stopped does not count.
    package mutating func record(_ outcome: AttemptOutcome, at now: Timestamp, servedNow: Timestamp) {
        if outcome.isSuccess {
            failingSince = nil
            failingSinceServed = nil
            return
        }
        failingSince = failingSince ?? now
        let since = failingSinceServed ?? servedNow
        failingSinceServed = since
        guard !isDisabled else { return }
        if case .answered(DeliveryProgress.gone, _, _) = outcome {
            disable(.gone, at: now)
        } else if servedNow - since >= Self.limit {
            disable(.failing, at: now)
        }
    }

    /// The caller has enabled the endpoint again.
    package mutating func enable() { self = EndpointHealth() }

    private mutating func disable(_ reason: Reason, at now: Timestamp) {
        disabledAt = now
        self.reason = reason
    }
}

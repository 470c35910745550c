package import Contracts

/// A caller's signing secret and webhook endpoints: what the caller may change, and when (contract section 8).
package struct CallerWebhooks: Sendable, Hashable {
    /// How long the secret before a rotation signs beside the new one.
    package static let gracePeriod: Duration = .seconds(86_400)

    /// The caller's name.
    package let caller: ExactString
    /// How many times the secret was rotated.
    package private(set) var generation: Int
    package private(set) var rotatedAt: Timestamp?
    /// In the order in which they were created.
    package private(set) var endpoints: [CallerEndpoint]

    package init(
        caller: ExactString, generation: Int = 0, rotatedAt: Timestamp? = nil, endpoints: [CallerEndpoint] = []
    ) {
        self.caller = caller
        self.generation = generation
        self.rotatedAt = rotatedAt
        self.endpoints = endpoints
    }

    /// Why a change is refused.
    package enum Refusal: Error, Hashable {
        case tooManyEndpoints
        case unknownEndpoint
        /// The secret before still signs, and only one may do so beside the current one.
        /// - Parameter wait: until it does no more.
        case rotatedRecently(wait: Duration)
    }

    /// Whether the caller has never changed anything, or has undone it.
    package var isDefault: Bool { generation == 0 && endpoints.isEmpty }

    package func endpoint(_ id: EndpointID) -> CallerEndpoint? { endpoints.first { $0.id == id } }

    package func hasEndpoint(for type: EventType) -> Bool { endpoints.contains { $0.receives(type) } }

    /// Until when the secret before the last rotation signs; nil if it does no more, or there was none.
    package func previousSecretEnd(at now: Timestamp) -> Timestamp? {
        guard let end = rotatedAt?.advanced(by: Self.gracePeriod), now < end else { return nil }
        return end
    }

    package mutating func rotateSecret(at now: Timestamp) throws(Refusal) {
        if let end = previousSecretEnd(at: now) {
            // A clock that was set back makes no one wait longer than that.
            throw .rotatedRecently(wait: min(end - now, Self.gracePeriod))
        }
        generation += 1
        rotatedAt = now
    }

    package mutating func add(_ endpoint: CallerEndpoint) throws(Refusal) {
        guard Limits.webhookEndpoints.contains(endpoints.count + 1) else { throw .tooManyEndpoints }
        endpoints.append(endpoint)
    }

    package mutating func remove(_ id: EndpointID) throws(Refusal) {
        guard let index = endpoints.firstIndex(where: { $0.id == id }) else { throw .unknownEndpoint }
        endpoints.remove(at: index)
    }

    /// Events are posted to the endpoint again from now on, if NotifierService had disabled it.
    package mutating func enable(_ id: EndpointID, at now: Timestamp) throws(Refusal) {
        guard let index = endpoints.firstIndex(where: { $0.id == id }) else { throw .unknownEndpoint }
        // Later than before, also by a clock that was set back: NotifierService compares.
        endpoints[index].enabledAt = max(now, endpoints[index].enabledAt.advanced(by: .milliseconds(1)))
    }

    /// What NotifierService is told.
    package var message: WebhookSettings {
        WebhookSettings(
            caller: caller.string, generation: generation, rotatedAt: rotatedAt,
            endpoints: endpoints.map { endpoint in
                WebhookEndpoint(
                    endpointID: endpoint.id.description, url: endpoint.url, events: endpoint.events.map(\.name),
                    enabledAt: endpoint.enabledAt)
            })
    }
}

package import Contracts

/// Where a caller wants to be told of events.
package struct CallerEndpoint: Sendable, Hashable {
    package let id: EndpointID
    package let url: String
    /// The types of events that are posted there; empty for all, also those that later versions have.
    package let events: [EventType]
    package let createdAt: Timestamp
    /// When it was created, or was last enabled again.
    package var enabledAt: Timestamp

    package init(id: EndpointID, url: String, events: [EventType], createdAt: Timestamp, enabledAt: Timestamp) {
        self.id = id
        self.url = url
        self.events = events
        self.createdAt = createdAt
        self.enabledAt = enabledAt
    }

    package func receives(_ type: EventType) -> Bool { events.isEmpty || events.contains(type) }
}

import ApplicationDomain
import Contracts

/// A webhook endpoint.
struct EndpointJSON: JSONRepresentable {
    let endpoint: CallerEndpoint
    /// Nil where NotifierService is not asked.
    private let health: EndpointHealth?

    init(_ endpoint: CallerEndpoint, health: EndpointHealth? = nil) {
        self.endpoint = endpoint
        self.health = health
    }

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.field(.id, endpoint.id.description)
        json.field(.url, endpoint.url)
        json.texts(.events, endpoint.events.isEmpty ? nil : endpoint.events.map(\.name))
        json.field(.createdAt, endpoint.createdAt.description)
        json.field(.enabledAt, endpoint.enabledAt.description)
        guard let health else { return }
        json.field(.state, health.state.rawValue)
        json.field(.failingSince, health.failingSince)
        json.field(.disabledAt, health.disabledAt)
        json.field(.reason, health.reason)
    }
}

import ApplicationDomain
import Contracts

/// A webhook endpoint.
struct EndpointJSON: JSONRepresentable {
    let endpoint: CallerEndpoint

    init(_ endpoint: CallerEndpoint) {
        self.endpoint = endpoint
    }

    func write(to json: inout ObjectWriter<JSONKey>) {
        json.field(.id, endpoint.id.description)
        json.field(.url, endpoint.url)
        json.texts(.events, endpoint.events.isEmpty ? nil : endpoint.events.map(\.name))
        json.field(.createdAt, endpoint.createdAt.description)
        json.field(.enabledAt, endpoint.enabledAt.description)
    }
}

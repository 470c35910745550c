import HTTPTypes
import Web

/// The routes of the HTTP API. The raw value is the route's `operationId` in the OpenAPI document; a test compares the
/// methods, paths and ids of the two.
enum Route: String, CaseIterable, Sendable {
    case createApplication
    case listApplications
    case getApplication
    case updateApplication
    case deleteApplication
    case cancelApplication
    case respond
    case listResponses
    case getResponse
    case listApplicationNotifications
    case listVolunteerResponses
    case listNotifications
    case markNotificationsRead
    case streamNotifications
    case getPreferences
    case putPreferences
    case getOperation
    case getSigningSecret
    case rotateSigningSecret
    case createWebhookEndpoint
    case listWebhookEndpoints
    case getWebhookEndpoint
    case deleteWebhookEndpoint
    case enableWebhookEndpoint
    case testWebhookEndpoint
    case listWebhookDeliveries
    case getWebhookDelivery
    case retryWebhookDelivery
    case retryWebhookDeliveries
    case streamOperation
    case createStreamTicket
    case createEntry
    case getOpenAPI
    case getAsyncAPI

    /// The path's parameters are in braces, as in OpenAPI.
    private var definition: (method: HTTPRequest.Method, path: String) {
        switch self {
        case .createApplication: (.post, "/v1/applications")
        case .listApplications: (.get, "/v1/applications")
        case .getApplication: (.get, "/v1/applications/{id}")
        case .updateApplication: (.patch, "/v1/applications/{id}")
        case .deleteApplication: (.delete, "/v1/applications/{id}")
        case .cancelApplication: (.post, "/v1/applications/{id}/cancellation")
        case .respond: (.post, "/v1/applications/{id}/responses")
        case .listResponses: (.get, "/v1/applications/{id}/responses")
        case .getResponse: (.get, "/v1/applications/{id}/responses/{volunteer_id}")
        case .listApplicationNotifications: (.get, "/v1/applications/{id}/notifications")
        case .listVolunteerResponses: (.get, "/v1/volunteers/{id}/responses")
        case .listNotifications: (.get, "/v1/volunteers/{id}/notifications")
        case .markNotificationsRead: (.post, "/v1/volunteers/{id}/notifications/read")
        case .streamNotifications: (.get, "/v1/volunteers/{id}/notifications/stream")
        case .getPreferences: (.get, "/v1/volunteers/{id}/preferences")
        case .putPreferences: (.put, "/v1/volunteers/{id}/preferences")
        case .getOperation: (.get, "/v1/operations/{id}")
        case .getSigningSecret: (.get, "/v1/signing-secret")
        case .rotateSigningSecret: (.post, "/v1/signing-secret/rotate")
        case .createWebhookEndpoint: (.post, "/v1/webhook-endpoints")
        case .listWebhookEndpoints: (.get, "/v1/webhook-endpoints")
        case .getWebhookEndpoint: (.get, "/v1/webhook-endpoints/{id}")
        case .deleteWebhookEndpoint: (.delete, "/v1/webhook-endpoints/{id}")
        case .enableWebhookEndpoint: (.post, "/v1/webhook-endpoints/{id}/enable")
        case .testWebhookEndpoint: (.post, "/v1/webhook-endpoints/{id}/test")
        case .listWebhookDeliveries: (.get, "/v1/webhook-endpoints/{id}/deliveries")
        case .getWebhookDelivery: (.get, "/v1/webhook-endpoints/{id}/deliveries/{delivery_id}")
        case .retryWebhookDelivery: (.post, "/v1/webhook-endpoints/{id}/deliveries/{delivery_id}/retry")
        case .retryWebhookDeliveries: (.post, "/v1/webhook-endpoints/{id}/retry")
        case .streamOperation: (.get, "/v1/operations/{id}/stream")
        case .createStreamTicket: (.post, "/v1/stream-tickets")
        case .createEntry: (.post, "/v1/entries")
        case .getOpenAPI: (.get, "/openapi.json")
        case .getAsyncAPI: (.get, "/asyncapi.json")
        }
    }

    var method: HTTPRequest.Method { definition.method }
    var path: String { definition.path }

    /// The parameters that a query may have. Any other is refused: a filter that was misspelled would otherwise select
    /// everything.
    var queryParameters: Set<String> {
        switch self {
        case .listApplications: ["status", "fund_id", "from", "to", "q", "sort", "limit", "cursor"]
        case .listResponses: ["state", "order", "limit", "cursor"]
        case .listApplicationNotifications: ["volunteer_id", "limit", "cursor"]
        case .listVolunteerResponses: ["limit", "cursor"]
        case .listNotifications: ["unread", "limit", "cursor"]
        case .streamNotifications, .streamOperation: ["ticket", "last_event_id"]
        case .listWebhookDeliveries: ["state", "limit", "cursor"]
        case .createApplication, .getApplication, .updateApplication, .deleteApplication, .cancelApplication, .respond,
            .getResponse, .markNotificationsRead, .getPreferences, .putPreferences, .getOperation, .getSigningSecret,
            .rotateSigningSecret, .createWebhookEndpoint, .listWebhookEndpoints, .getWebhookEndpoint,
            .deleteWebhookEndpoint, .enableWebhookEndpoint, .testWebhookEndpoint, .getWebhookDelivery,
            .retryWebhookDelivery, .retryWebhookDeliveries, .createStreamTicket, .createEntry, .getOpenAPI,
            .getAsyncAPI:
            []
        }
    }
}

// MARK: - Matching

extension Route {
    /// The label of a request in metrics: the `operationId`, `page:` and the name of a route of the page, `none` for a
    /// request without a route, nil for the probes, which are not counted.
    /// - Parameter endpointPath: the router's path template of the request.
    static func name(of method: HTTPRequest.Method, at endpointPath: String?) -> String? {
        guard let endpointPath else { return "none" }
        if let route = byEndpoint[Endpoint(method: method == .head ? .get : method, path: endpointPath)] {
            return route.rawValue
        }
        if let page = PageRoute.name(of: method, at: endpointPath) { return page }
        return HealthRoutes.probePaths.contains(endpointPath) ? nil : "none"
    }

    /// The methods of a path, for `Allow`; HEAD is answered wherever GET is. Empty for an unknown path.
    /// - Parameter path: as the client sent it.
    static func allowedMethods(at path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/")
        let methods = allCases.filter { $0.matches(segments) }.map(\.method)
        if methods.isEmpty { return HealthRoutes.probePaths.contains(path) ? [.get, .head] : [] }
        return methods.contains(.get) ? methods + [.head] : methods
    }

    private func matches(_ segments: [Substring]) -> Bool {
        let own = path.split(separator: "/")
        return own.count == segments.count && zip(own, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    private struct Endpoint: Hashable {
        let method: HTTPRequest.Method
        let path: String
    }

    private static let byEndpoint = Dictionary(
        uniqueKeysWithValues: allCases.map { (Endpoint(method: $0.method, path: $0.path), $0) })
}

import HTTPTypes
import Hummingbird
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

    var pattern: RoutePattern {
        switch self {
        case .createApplication: .init(.post, "/v1/applications")
        case .listApplications: .init(.get, "/v1/applications")
        case .getApplication: .init(.get, "/v1/applications/{id}")
        case .updateApplication: .init(.patch, "/v1/applications/{id}")
        case .deleteApplication: .init(.delete, "/v1/applications/{id}")
        case .cancelApplication: .init(.post, "/v1/applications/{id}/cancellation")
        case .respond: .init(.post, "/v1/applications/{id}/responses")
        case .listResponses: .init(.get, "/v1/applications/{id}/responses")
        case .getResponse: .init(.get, "/v1/applications/{id}/responses/{volunteer_id}")
        case .listApplicationNotifications: .init(.get, "/v1/applications/{id}/notifications")
        case .listVolunteerResponses: .init(.get, "/v1/volunteers/{id}/responses")
        case .listNotifications: .init(.get, "/v1/volunteers/{id}/notifications")
        case .markNotificationsRead: .init(.post, "/v1/volunteers/{id}/notifications/read")
        case .streamNotifications: .init(.get, "/v1/volunteers/{id}/notifications/stream")
        case .getPreferences: .init(.get, "/v1/volunteers/{id}/preferences")
        case .putPreferences: .init(.put, "/v1/volunteers/{id}/preferences")
        case .getOperation: .init(.get, "/v1/operations/{id}")
        case .getSigningSecret: .init(.get, "/v1/signing-secret")
        case .rotateSigningSecret: .init(.post, "/v1/signing-secret/rotate")
        case .createWebhookEndpoint: .init(.post, "/v1/webhook-endpoints")
        case .listWebhookEndpoints: .init(.get, "/v1/webhook-endpoints")
        case .getWebhookEndpoint: .init(.get, "/v1/webhook-endpoints/{id}")
        case .deleteWebhookEndpoint: .init(.delete, "/v1/webhook-endpoints/{id}")
        case .enableWebhookEndpoint: .init(.post, "/v1/webhook-endpoints/{id}/enable")
        case .testWebhookEndpoint: .init(.post, "/v1/webhook-endpoints/{id}/test")
        case .listWebhookDeliveries: .init(.get, "/v1/webhook-endpoints/{id}/deliveries")
        case .getWebhookDelivery: .init(.get, "/v1/webhook-endpoints/{id}/deliveries/{delivery_id}")
        case .retryWebhookDelivery: .init(.post, "/v1/webhook-endpoints/{id}/deliveries/{delivery_id}/retry")
        case .retryWebhookDeliveries: .init(.post, "/v1/webhook-endpoints/{id}/retry")
        case .streamOperation: .init(.get, "/v1/operations/{id}/stream")
        case .createStreamTicket: .init(.post, "/v1/stream-tickets")
        case .createEntry: .init(.post, "/v1/entries")
        case .getOpenAPI: .init(.get, "/openapi.json")
        case .getAsyncAPI: .init(.get, "/asyncapi.json")
        }
    }

    var method: HTTPRequest.Method { pattern.method }
    var path: String { pattern.path }

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
        if let name = names[RoutePattern(method == .head ? .get : method, endpointPath)] { return name }
        return HealthRoutes.probePaths.contains(endpointPath) ? nil : "none"
    }

    private static let names = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.pattern, $0.rawValue) }
            + PageRoute.allCases.map { ($0.pattern, "page:\($0.rawValue)") })

    /// The methods of a path, for `Allow`. Empty for an unknown path.
    static func allowedMethods(at path: String) -> [HTTPRequest.Method] {
        let methods = patterns.allowedMethods(at: path)
        return methods.isEmpty && HealthRoutes.probePaths.contains(path) ? [.get, .head] : methods
    }

    private static let patterns = allCases.map(\.pattern)

    /// The route of a request that does not come through the router, and the parameters of its path.
    static func find(
        _ method: HTTPRequest.Method, _ path: String
    ) -> (route: Route, parameters: Parameters)? {
        let segments = path.split(separator: "/")
        for route in allCases where route.method == method {
            if let parameters = route.pattern.parameters(of: segments) { return (route, parameters) }
        }
        return nil
    }
}

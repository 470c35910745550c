import HTTPTypes
import Hummingbird
import Web

extension HTTPAPI {
    /// Answers a request that the page sends for its visitor: what the visitor may see and do is decided as for the
    /// same request with a token. The page's router has authenticated the visitor, and counted the rate limit.
    /// - Returns: also a problem, as its document.
    func answer(_ request: Request, for visitor: Caller) async throws -> Response {
        guard let (route, parameters) = Route.find(request.method, request.uri.path), !route.isOpen, !route.isStream
        else { throw Problem(.internal, "The page asked for a path that the API does not have.") }
        let context = APIRequestContext(visitor, parameters: parameters, isForwarded: false, logger: logger)
        return try await answer(request, of: route, context) { request, context in
            try await respond(to: request, of: route, context)
        }
    }
}

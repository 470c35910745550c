import Hummingbird
import Web

/// Reads the visitor's session and settings from the request's cookies.
struct SessionMiddleware: RouterMiddleware {
    let renderer: PageRenderer

    @concurrent func handle(
        _ request: Request, context: SessionContext,
        next: @concurrent (Request, SessionContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.session = renderer.sessions.session(of: request)
        context.settings = renderer.settings(of: request)
        if let session = context.session { ActiveRequest.identify(session.caller) }
        return try await next(request, context)
    }
}

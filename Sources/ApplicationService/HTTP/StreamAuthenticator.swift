import Hummingbird
import Web

/// Admits a caller by the stream ticket in the query, if there is one, and otherwise as ``Authenticator`` does.
struct StreamAuthenticator: RouterMiddleware {
    let authenticator: Authenticator
    let tickets: StreamTicketsController

    @concurrent func handle(
        _ request: Request, context: AuthenticationContext,
        next: @concurrent (Request, AuthenticationContext) async throws -> Response
    ) async throws -> Response {
        guard let ticket = try request.query("ticket") else {
            return try await authenticator.handle(request, context: context, next: next)
        }
        try authenticator.checkOrigin(of: request)
        var context = context
        context.identify(try await tickets.redeem(ticket))
        return try await next(request, context)
    }
}

package import Hummingbird

/// Admits only authenticated callers, and sets the context's caller.
package struct AuthenticationMiddleware<Context: CallerRequestContext>: RouterMiddleware {
    private let authenticator: Authenticator

    package init(_ authenticator: Authenticator) {
        self.authenticator = authenticator
    }

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.caller = try await authenticator.caller(of: request)
        return try await next(request, context)
    }
}

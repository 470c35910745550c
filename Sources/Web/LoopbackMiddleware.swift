package import Hummingbird

/// Admits only requests for a loopback host (``LoopbackRule``): for routes without authentication on a server that has
/// it disabled.
package struct LoopbackMiddleware<Context>: RouterMiddleware {
    package init() {}

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        try LoopbackRule.check(request)
        return try await next(request, context)
    }
}

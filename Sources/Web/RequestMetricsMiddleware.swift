package import HTTPTypes
package import Hummingbird

/// Counts responses and measures their time, by route and status. It must come before ``ProblemMiddleware``, so that it
/// sees the status of errors.
package struct RequestMetricsMiddleware<Context: RequestContext>: RouterMiddleware {
    private let metrics: RequestMetrics
    private let routeName: @Sendable (HTTPRequest.Method, _ endpointPath: String?) -> String?

    /// - Parameter routeName: the label of a request by its method and its route's path template; nil if it is not
    ///   counted. It must not contain text of the client, which is unbounded.
    package init(
        _ metrics: RequestMetrics,
        routeName: @escaping @Sendable (HTTPRequest.Method, _ endpointPath: String?) -> String?
    ) {
        self.metrics = metrics
        self.routeName = routeName
    }

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        if let route = routeName(request.method, context.endpointPath) {
            metrics.observe(route: route, status: response.status.code, took: .now - start)
        }
        return response
    }
}

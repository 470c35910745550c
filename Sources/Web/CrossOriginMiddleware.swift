package import HTTPTypes
package import Hummingbird

/// Lets the scripts of other origins' pages call the API and read its answers, also its problems (CORS, WHATWG Fetch
/// section 3.3). It must come first. Credentials of the browser, such as cookies, are never allowed.
package struct CrossOriginMiddleware<Context: RequestContext>: RouterMiddleware {
    private let origins: AllowedOrigins
    private let covers: @Sendable (_ path: String) -> Bool
    private let allowedMethods: @Sendable (_ path: String) -> [HTTPRequest.Method]

    /// - Parameters:
    ///   - covers: whether a path may be called from other origins at all.
    ///   - allowedMethods: the methods of a path; empty for an unknown path.
    package init(
        _ origins: AllowedOrigins, covers: @escaping @Sendable (_ path: String) -> Bool = { _ in true },
        allowedMethods: @escaping @Sendable (_ path: String) -> [HTTPRequest.Method]
    ) {
        self.origins = origins
        self.covers = covers
        self.allowedMethods = allowedMethods
    }

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !origins.isEmpty, covers(request.uri.path) else { return try await next(request, context) }
        guard let origin = origins.origin(in: request.headers) else {
            var response = try await next(request, context)
            response.headers.addVary("Origin")
            return response
        }
        var response: Response
        if let answer = preflight(request) {
            response = answer
        } else {
            response = try await next(request, context)
        }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.exposed
        response.headers.addVary("Origin")
        return response
    }

    /// The answer to the question whether a request may be sent; nil if this is no such question. It needs no token.
    private func preflight(_ request: Request) -> Response? {
        guard request.method == .options, request.headers.contains(.accessControlRequestMethod) else { return nil }
        let methods = allowedMethods(request.uri.path)
        guard !methods.isEmpty else { return nil }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods.map(\.rawValue).joined(separator: ", "),
                .accessControlAllowHeaders: Self.requestHeaders, .accessControlMaxAge: Self.maxAge,
                .vary: "Access-Control-Request-Method, Access-Control-Request-Headers",
            ])
    }

    private static var exposed: String { "Location, Retry-After, ETag, Idempotent-Replayed, X-Request-Id" }
    private static var requestHeaders: String {
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer, traceparent, "
            + "X-Request-Id"
    }
    /// How long a browser remembers the answer, in seconds: as long as Chromium does at most.
    private static var maxAge: String { "7200" }
}

extension HTTPFields {
    fileprivate mutating func addVary(_ name: String) {
        self[.vary] = self[.vary].map { "\($0), \(name)" } ?? name
    }
}

package import HTTPTypes
package import Hummingbird
package import Logging

/// Answers every error with a problem document, and a request that matches no route with 404, or with 405 if its path
/// allows other methods.
package struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    private let allowedMethods: @Sendable (_ path: String) -> [HTTPRequest.Method]
    private let mapError: @Sendable (any Error) -> Problem?
    private let logger: Logger

    /// - Parameters:
    ///   - allowedMethods: the methods of a path as the client wrote it; empty for an unknown path.
    ///   - mapError: the problem for an error of the application; nil for an internal error.
    package init(
        allowedMethods: @escaping @Sendable (_ path: String) -> [HTTPRequest.Method],
        mapError: @escaping @Sendable (any Error) -> Problem?, logger: Logger
    ) {
        self.allowedMethods = allowedMethods
        self.mapError = mapError
        self.logger = logger
    }

    @concurrent package func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return problem(for: error, of: request).response()
        }
    }

    /// What the client is told of an error. Errors that are not the client's are logged, and described without detail.
    package func problem(for error: any Error, of request: Request) -> Problem {
        switch error {
        case let problem as Problem: return problem
        // Only the router throws it: no route matches.
        case let error as HTTPError where error.status == .notFound:
            let methods = allowedMethods(request.uri.path)
            return methods.isEmpty ? .unknownPath : .methodNotAllowed(allow: methods)
        case let error as HTTPError: return Problem(error)
        case is CancellationError:
            return .unavailable("The service is shutting down.", retryAfter: .seconds(5))
        default:
            if let problem = mapError(error) { return problem }
            logger.error("Request failed", metadata: [LogKey.error: "\(error)"])
            return Problem(.internal, "Internal error; it has been logged.")
        }
    }
}

extension Problem {
    fileprivate static let unknownPath = Problem(.notFound, "No such path; see /openapi.json.")

    /// An error of Hummingbird itself.
    fileprivate init(_ error: HTTPError) {
        switch error.status {
        case .contentTooLarge: self.init(.contentTooLarge, "The body is too large.")
        case .internalServerError, .serviceUnavailable: self.init(.unavailable, "The request failed; try again.")
        default: self.init(.malformed, "The request cannot be read.")
        }
    }
}

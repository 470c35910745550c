import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// Reads the form of a POST.
struct FormMiddleware: RouterMiddleware {
    /// Larger bodies are refused with 413 (contract section 8).
    static let maxBodyBytes = 64 * 1024

    private let budget = BodyBudget()

    @concurrent func handle(
        _ request: Request, context: PageRequestContext,
        next: @concurrent (Request, PageRequestContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post else { return try await next(request, context) }
        try MediaType.requireForm(in: request.headers)
        try MediaType.requireNoContentCoding(in: request.headers)
        return try await budget.withAccount(of: context.caller.limitedName) { account in
            // Counted as a whole before it is read, because a form is small.
            try account.take(Self.maxBodyBytes)
            var context = context
            context.form = try FormBody(parsing: try await Self.body(of: request))
            return try await next(request, context)
        }
    }

    private static func body(of request: Request) async throws -> [UInt8] {
        var body: [UInt8] = []
        do {
            for try await part in request.body {
                guard body.count + part.readableBytes <= maxBodyBytes else {
                    throw Problem(.contentTooLarge, "A form must not be larger than \(maxBodyBytes) bytes.")
                }
                body += part.readableBytesView
            }
        } catch let problem as Problem {
            throw problem
        } catch let error where !(error is CancellationError) {
            // The client disconnected or was cut off in the body.
            throw Problem(.malformed, "The body was incomplete.")
        }
        return body
    }
}

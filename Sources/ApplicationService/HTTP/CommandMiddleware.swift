import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Web

/// Reads what every command may have, an Idempotency-Key, a `traceparent` and a JSON body, and admits replays that are
/// over the rate limit (contract section 8).
struct CommandMiddleware: RouterMiddleware {
    /// Larger bodies are refused with 413 (contract section 8).
    static let maxBodyBytes = 256 * 1024

    private let executor: CommandExecutor

    init(executor: CommandExecutor) {
        self.executor = executor
    }

    @concurrent func handle(
        _ request: Request, context: APIRequestContext,
        next: @concurrent (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let key = try IdempotencyKey(in: request.headers)
        context.idempotencyKey = key
        context.traceparent = request.headers[.traceparent].flatMap { Traceparent($0) == nil ? nil : $0 }
        context.ifMatch = request.headers[values: .ifMatch]
        let wait = Preference.wait(in: request.headers, atMost: OperationsController.maxWait)
        context.wait = wait.map { .seconds($0) }
        try MediaType.requireNoContentCoding(in: request.headers)
        context.body = try await Self.body(of: request)
        if !context.body.isEmpty { try MediaType.requireJSON(in: request.headers) }
        context.commandKey = key.map {
            CommandKey(
                $0.text, caller: context.caller.name, method: request.method.rawValue, path: request.uri.path,
                body: context.body)
        }
        if let problem = context.rateLimitProblem {
            guard let key = context.commandKey, try executor.replay(key) != nil else { throw problem }
        }
        var response = try await next(request, context)
        if let wait { response.headers[.preferenceApplied] = "wait=\(wait)" }
        return response
    }

    private static func body(of request: Request) async throws -> [UInt8] {
        let tooLarge = Problem(.contentTooLarge, "The body must not be larger than \(maxBodyBytes) bytes.")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maxBodyBytes { throw tooLarge }
        do {
            let buffer = try await request.body.collect(upTo: maxBodyBytes)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch let error where !(error is CancellationError) {
            // The client disconnected or was cut off in the body.
            throw Problem(.malformed, "The body was incomplete.")
        }
    }
}

import Crypto
import HTTPTypes
import Hummingbird
import Ledger
import NIOCore
import Web

/// Reads what every command may have, an Idempotency-Key, a `traceparent` and a JSON body, and answers replays that are
/// over the rate limit (contract section 8).
struct CommandMiddleware: RouterMiddleware {
    /// Larger bodies are refused with 413 (contract section 8).
    static let maxBodyBytes = 256 * 1024

    private let replays: ReplayFinder
    private let budget = BodyBudget()

    init(replays: ReplayFinder) {
        self.replays = replays
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
        let length = try Self.announcedLength(request)
        if let problem = context.rateLimitProblem {
            var hash = SHA256()
            try await Self.read(request) { part in
                part.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            }
            let digest = Array(hash.finalize())
            guard let key,
                let replay = try await replays.replay(
                    CommandKey(key, context.caller, request, digest), of: context.caller)
            else { throw problem }
            return replay.response(from: request, context: context)
        }
        return try await budget.withAccount(of: context.caller.limitedName) { account in
            var body: [UInt8] = []
            // Counted as a whole before it is read: of many bodies at once some are read to their end, instead of all
            // to the middle.
            if let length {
                try account.take(length)
                body.reserveCapacity(length)
            }
            try await Self.read(request) { part in
                if length == nil { try account.take(part.readableBytes) }
                body += part.readableBytesView
            }
            if !body.isEmpty { try MediaType.requireJSON(in: request.headers) }
            context.body = body
            context.commandKey = key.map {
                CommandKey($0, context.caller, request, Array(SHA256.hash(data: body)))
            }
            return try await next(request, context)
        }
    }

    private static let tooLarge = Problem(
        .contentTooLarge, "The body must not be larger than \(maxBodyBytes) bytes.")

    /// `Content-Length`, within which HTTP keeps the body; nil if the body comes in chunks.
    private static func announcedLength(_ request: Request) throws(Problem) -> Int? {
        let length = request.headers[.contentLength].flatMap { Int($0) }
        if let length, length > maxBodyBytes { throw tooLarge }
        return length
    }

    /// Reads the body part by part.
    private static func read(_ request: Request, _ body: (ByteBuffer) throws -> Void) async throws {
        var count = 0
        do {
            for try await part in request.body {
                count += part.readableBytes
                guard count <= maxBodyBytes else { throw tooLarge }
                try body(part)
            }
        } catch let problem as Problem {
            throw problem
        } catch let error where !(error is CancellationError) {
            // The client disconnected or was cut off in the body.
            throw Problem(.malformed, "The body was incomplete.")
        }
    }
}

extension CommandKey {
    init(_ key: IdempotencyKey, _ caller: Caller, _ request: Request, _ digest: [UInt8]) {
        self.init(
            key.text, caller: caller.name, method: request.method.rawValue, path: request.uri.path,
            bodyDigest: digest)
    }
}

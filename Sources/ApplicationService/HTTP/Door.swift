import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import ServiceKit
import Web

/// The public door (contract section 8): who calls, how often, and what they may; then one of the routes answers. Every
/// error leaves it as a problem document.
struct Door: Sendable {
    let authenticator: Authenticator
    let limiter: RateLimiter
    /// Nobody is asked who they are: then only this machine itself may call.
    let isOpen: Bool
    let desk: CommandExecutor
    let catalogue: ApplicationQueries
    let monitor: OperationQueries
    let documents: Documents
    let metrics: RequestMetrics
    let logger: Logger

    /// The specs, as they are served.
    struct Documents: Sendable {
        let openAPI: [UInt8]
        let asyncAPI: [UInt8]
    }

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.addMiddleware { Stranger(door: self) }
        for route in Route.all {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await measured(route.name) { await answer(request, context, route) }
            }
        }
    }

    // MARK: - One request

    private func answer(_ request: Request, _ context: BasicRequestContext, _ route: Route) async -> Response {
        do {
            return try await route.answer(self, visit(request, context, route))
        } catch {
            return problem(error).response()
        }
    }

    /// Lets a request in: host, caller, rate, and for a command its key and its body.
    private func visit(_ request: Request, _ context: BasicRequestContext, _ route: Route) async throws -> Visit {
        if route.kind == .open {
            if isOpen { try LoopbackRule.check(request) }
            return Visit(caller: Caller(role: .volunteer, id: nil), request: request, parameters: context.parameters)
        }
        let caller = try await authenticator.caller(of: request)
        let wait = limiter.admit(caller.name)
        guard route.kind == .command else {
            if let wait { throw Problem.tooManyRequests(retryAfter: wait) }
            return Visit(caller: caller, request: request, parameters: context.parameters)
        }
        let key = try IdempotencyKey(in: request.headers)
        if let wait, key == nil { throw Problem.tooManyRequests(retryAfter: wait) }
        let body = try await Visit.collect(request)
        if !body.isEmpty { try MediaType.requireJSON(in: request.headers) }
        let visit = Visit(
            caller: caller, request: request, parameters: context.parameters, body: body, key: key,
            isCounted: wait == nil)
        if let wait, let key = visit.commandKey, try desk.replay(key) == nil {
            // Whoever only asks again what was answered is never too early.
            throw Problem.tooManyRequests(retryAfter: wait)
        }
        return visit
    }

    /// What the client is told about an error. Whatever is not the client's mistake is logged, and told in no detail.
    func problem(_ error: any Error) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as LedgerError:
            switch error.code {
            case .storage, .stopped, .locked:
                return .unavailable("This cannot be stored now; nothing was changed.", retryAfter: .seconds(5))
            case .unsafe, .corrupt, .foreignFile, .newerSchema: break
            }
        case let error as HTTPError: return Problem(error)
        case is CancellationError: return .unavailable("The service stops.", retryAfter: .seconds(5))
        default:
            if LedgerError.storage(error) != nil {
                return .unavailable("This cannot be read now.", retryAfter: .seconds(5))
            }
        }
        logger.error("A request failed", metadata: [LogKey.error: "\(error)"])
        return Problem(.internal, "This is our mistake; it was noted.")
    }

    private func measured(_ name: String, _ body: () async -> Response) async -> Response {
        let start = ContinuousClock.now
        let response = await body()
        metrics.observe(route: name, status: response.status.code, took: .now - start)
        return response
    }

    // MARK: - Answers

    func document(_ bytes: [UInt8]) -> Response {
        json(bytes, headers: [.cacheControl: "public, max-age=300"])
    }

    func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Who knocks where there is no door, or in another way than one knocks there.
private struct Stranger: RouterMiddleware {
    typealias Context = BasicRequestContext

    let door: Door

    @concurrent func handle(
        _ input: Request, context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(input, context)
        } catch let error as HTTPError where error.status == .notFound {
            let allowed = Route.allowed(at: input.uri.path)
            let problem = allowed.isEmpty ? Problem.noPath : .methodNotAllowed(allow: allowed)
            door.metrics.observe(route: "none", status: problem.code.status.code, took: .zero)
            return problem.response()
        } catch {
            return door.problem(error).response()
        }
    }
}

extension Problem {
    fileprivate static let noPath = Problem(.notFound, "There is no such path; /openapi.json names all.")

    /// A body that breaks the contract: JSON that is none, or a field that is wrong.
    init(_ error: MessageError) {
        let code: Item.Code
        switch error.code {
        case .notJSON, .tooDeep, .unknownShape, .unknownAction:
            self.init(.malformed, error.detail.sentence)
            return
        case .missingField: code = .missingField
        case .wrongType: code = .wrongType
        case .badValue: code = .badValue
        }
        let item = Item(pointer: error.pointer, code: code, detail: error.detail)
        self.init(.validation, error.description.sentence, errors: [item])
    }

    /// What the server library says of a request that no route saw.
    fileprivate init(_ error: HTTPError) {
        switch error.status {
        case .contentTooLarge: self.init(.contentTooLarge, "The body is too large.")
        case .internalServerError, .serviceUnavailable: self.init(.unavailable, "Try again.")
        default: self.init(.malformed, "The request cannot be read.")
        }
    }
}

extension String {
    fileprivate var sentence: String { (first?.uppercased() ?? "") + dropFirst() + "." }
}

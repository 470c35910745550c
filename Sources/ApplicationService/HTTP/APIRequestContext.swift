import Contracts
import Foundation
import Hummingbird
import Logging
import Web

/// The context of an authenticated request: the caller, and what `CommandMiddleware` has read of a command.
struct APIRequestContext: ChildRequestContext, CallerRequestContext {
    var coreContext: CoreRequestContextStorage
    let caller: Caller
    var rateLimitProblem: Problem?
    /// The client's Idempotency-Key, if it sent one.
    var idempotencyKey: IdempotencyKey?
    /// The Idempotency-Key with its scope and the digest of the body.
    var commandKey: CommandKey?
    /// The client's `traceparent`, if it is valid: the messages that the command causes continue its trace.
    var traceparent: String?
    /// The values of `If-Match`; empty for an unconditional request.
    var ifMatch: [String] = []
    /// How long the client would wait for the command to end (`Prefer: wait`); nil for not at all.
    var wait: Duration?
    /// The body of a command; empty if it has none.
    var body: [UInt8] = []
    /// The id of a new application if its client has chosen none.
    var assignedID: ID?
    /// The partition whose part of a list is asked for by another process; nil for the whole list.
    var part: Partition?
    /// Whether another process has received the request.
    let isForwarded: Bool

    /// - Throws: `unauthorized` on a route without `Authenticator`.
    init(context: AuthenticationContext) throws(Problem) {
        guard let caller = context.caller else { throw .unauthenticated }
        coreContext = context.coreContext
        self.caller = caller
        isForwarded = false
    }

    /// For a request that came in another way than through the API's router, and whose caller is authenticated: another
    /// process has received it, or the page sends it for its visitor.
    init(_ caller: Caller, parameters: Parameters, isForwarded: Bool = true, logger: Logger) {
        coreContext = CoreRequestContextStorage(source: InternalRequestSource(logger: logger))
        coreContext.parameters = parameters
        self.caller = caller
        self.isForwarded = isForwarded
    }

    private struct InternalRequestSource: RequestContextSource {
        let logger: Logger
    }
}

/// What the command handlers read of a request.
extension APIRequestContext {
    /// - Throws: `forbidden` if the caller has none of the roles.
    func requireRole(_ roles: Caller.Role...) throws(Problem) {
        guard roles.contains(caller.role) else {
            throw Problem(.forbidden, "Role `\(caller.role.rawValue)` may not do this.")
        }
    }

    /// Reads the body as the data of a command, and the URL of its callback, if it has one.
    /// - Throws: a `Problem` if the client's data is invalid.
    func readCommand<Command>(
        _ read: (CommandBody) throws -> Command
    ) throws -> (command: Command, callback: String?) {
        try readBody { (try read($0), try $0.callback()) }
    }

    /// - Throws: a `Problem` if the client's data is invalid. A `MessageError` from anywhere else is an internal error,
    ///   so it is mapped here.
    func readBody<Value>(_ read: (CommandBody) throws -> Value) throws -> Value {
        guard !body.isEmpty else { throw Problem(.malformed, "The body is empty; it must be a JSON object.") }
        do {
            return try read(CommandBody(parsing: body))
        } catch let error as MessageError {
            throw Problem(error)
        }
    }
}

/// Path parameters.
extension RequestContext {
    /// - Returns: the parameter, percent-decoded.
    /// - Throws: `not_found` if it cannot be decoded.
    func text(_ name: String) throws(Problem) -> String {
        guard let text = parameters.get(name) else { throw .notFound }
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        guard let decoded = text.removingPercentEncoding else { throw .notFound }
        return decoded
    }

    /// - Throws: `not_found` for an invalid id: no resource has it.
    func id(_ name: String = "id") throws(Problem) -> ID {
        guard let id = ID(validating: try text(name)) else { throw .notFound }
        return id
    }
}

extension Problem {
    /// For resources that do not exist and for those of other callers, which must be indistinguishable.
    static let notFound = Problem(.notFound, "No such resource.")
}

import Contracts
import Foundation
import Hummingbird
import Web

/// The context of a request to the HTTP API: the caller, and what `CommandMiddleware` has read of a command.
struct APIRequestContext: CallerRequestContext {
    typealias Source = BasicRequestContext

    var coreContext: CoreRequestContextStorage
    var caller: Caller?
    var rateLimitProblem: Problem?
    /// The client's Idempotency-Key, if it sent one.
    var idempotencyKey: IdempotencyKey?
    /// The Idempotency-Key with its scope and the digest of the body.
    var commandKey: CommandKey?
    /// The client's `traceparent`, if it is valid: the messages that the command causes continue its trace.
    var traceparent: String?
    /// The body of a command; empty if it has none.
    var body: [UInt8] = []

    init(source: BasicRequestContext) {
        // With the parameters that the router has parsed.
        coreContext = source.coreContext
    }
}

/// What the command handlers read of a request.
extension APIRequestContext {
    /// - Throws: `forbidden` if the caller has none of the roles.
    func requireRole(_ roles: Caller.Role...) throws(Problem) -> Caller {
        let caller = try requireCaller()
        guard roles.contains(caller.role) else {
            throw Problem(.forbidden, "Role `\(caller.role.rawValue)` may not do this.")
        }
        return caller
    }

    /// The body as the data of a command.
    func commandBody() throws(Problem) -> CommandBody {
        guard !body.isEmpty else { throw Problem(.malformed, "The body is empty; it must be a JSON object.") }
        let json = try validate { () throws(MessageError) in try CommandBody(parsing: body) }
        if try validate({ () throws(MessageError) in try json.hasCallback() }) {
            throw Problem(.unsupportedCallback, "Callbacks are not supported yet; poll the operation.")
        }
        return json
    }

    /// Maps the errors of parsing the client's data. A `MessageError` from anywhere else is an internal error.
    func validate<Value>(_ parse: () throws(MessageError) -> Value) throws(Problem) -> Value {
        do {
            return try parse()
        } catch {
            throw Problem(error)
        }
    }
}

/// Path parameters.
extension APIRequestContext {
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

import Contracts
import Web

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

import Contracts
import HTTPTypes
import Hummingbird
import Web

/// The four commands: 202 and an operation, or at once why not.
extension Door {
    func create(_ visit: Visit) async throws -> Response {
        try visit.allow(.fund, .service)
        let body = try visit.json()
        let assigned =
            visit.key.map { CommandKey.applicationID($0.text, caller: visit.caller.name) } ?? CommandKey.applicationID()
        let create = try checked { () throws(MessageError) in
            try body.create(assigned: assigned, caller: visit.caller.id)
        }
        if visit.caller.role == .fund, create.fundID != visit.caller.id {
            throw Problem(.forbidden, "A fund publishes under its own name: fund_id must be the caller's, or absent.")
        }
        return try await take(.create(create), visit)
    }

    func update(_ visit: Visit) async throws -> Response {
        try visit.allow(.fund, .service)
        let application = try visit.id()
        let body = try visit.json()
        let update = try checked { () throws(MessageError) in try body.update(of: application) }
        return try await take(.update(update), visit)
    }

    /// `DELETE`, or `POST …/cancellation` with a reason or without.
    func cancel(_ visit: Visit) async throws -> Response {
        try visit.allow(.fund, .service)
        let application = try visit.id()
        if visit.body.isEmpty {
            return try await take(.cancel(CancelVolunteerApplication(applicationID: application)), visit)
        }
        let body = try visit.json()
        let cancel = try checked { () throws(MessageError) in try body.cancellation(of: application) }
        return try await take(.cancel(cancel), visit)
    }

    func respond(_ visit: Visit) async throws -> Response {
        let application = try visit.id()
        // A fund never responds itself, so it must say who does.
        let caller = visit.caller.role == .fund ? nil : visit.caller.id
        let body = try visit.json()
        let response = try checked { () throws(MessageError) in try body.response(to: application, caller: caller) }
        if visit.caller.role == .volunteer, response.volunteerID != visit.caller.id {
            throw Problem(.forbidden, "A volunteer responds alone: volunteer_id must be the caller's, or absent.")
        }
        return try await take(.respond(response), visit)
    }

    private func take(_ command: Command, _ visit: Visit) async throws -> Response {
        let accepted = try await desk.take(command, from: visit.caller, key: visit.commandKey)
        if accepted.isReplay, visit.isCounted { limiter.refund(visit.caller.name) }
        var headers: HTTPFields = [
            .location: "/v1/operations/\(accepted.operation)", .retryAfter: "1", .cacheControl: "no-store",
        ]
        if accepted.isReplay { headers[.idempotentReplayed] = "true" }
        return json(accepted.body, status: .accepted, headers: headers)
    }
}

/// What a body breaks is its sender's to mend; the same error from our own file would not be.
private func checked<Value>(_ read: () throws(MessageError) -> Value) throws(Problem) -> Value {
    do {
        return try read()
    } catch {
        throw Problem(error)
    }
}

extension Visit {
    fileprivate func allow(_ roles: Caller.Role...) throws(Problem) {
        guard roles.contains(caller.role) else {
            throw Problem(.forbidden, "This is not for the role \(caller.role.rawValue).")
        }
    }

    /// The body as a command's data.
    fileprivate func json() throws(Problem) -> CommandBody {
        guard !body.isEmpty else { throw Problem(.malformed, "The body is empty; it must be a JSON object.") }
        let json = try checked { () throws(MessageError) in try CommandBody(parsing: body) }
        if try checked({ () throws(MessageError) in try json.hasCallback() }) {
            throw Problem(.unsupportedCallback, "Callbacks do not exist yet: poll the operation instead.")
        }
        return json
    }
}

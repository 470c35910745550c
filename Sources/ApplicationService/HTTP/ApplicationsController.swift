import ApplicationDomain
import Contracts
import Hummingbird
import Web

/// Applications: the three commands of funds, and reading.
struct ApplicationsController: Sendable {
    let executor: CommandExecutor
    let queries: ApplicationQueries

    // MARK: - Commands

    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = try context.requireRole(.fund, .service)
        let body = try context.commandBody()
        let key = context.idempotencyKey?.text
        let assigned = key.map { CommandKey.applicationID($0, caller: caller.name) } ?? CommandKey.applicationID()
        let create = try context.validate { () throws(MessageError) in
            try body.create(assigned: assigned, caller: caller.id)
        }
        if caller.role == .fund, create.fundID != caller.id {
            throw Problem(.forbidden, "A fund may create applications only for itself: omit fund_id or send its own.")
        }
        // A fund could otherwise take an id that another needs, or find out which ids exist.
        if caller.role == .fund, create.applicationID != assigned {
            throw Problem(.forbidden, "A fund may not choose an application's id: omit volunteer_application_id.")
        }
        return .accepted(try await executor.execute(.create(create), in: context))
    }

    @Sendable func update(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        _ = try context.requireRole(.fund, .service)
        let id = try context.id()
        let body = try context.commandBody()
        let update = try context.validate { () throws(MessageError) in try body.update(of: id) }
        return .accepted(try await executor.execute(.update(update), in: context))
    }

    /// `DELETE`, or `POST …/cancellation` with an optional body.
    @Sendable func cancel(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        _ = try context.requireRole(.fund, .service)
        let id = try context.id()
        if context.body.isEmpty {
            let cancel = CancelVolunteerApplication(applicationID: id)
            return .accepted(try await executor.execute(.cancel(cancel), in: context))
        }
        let body = try context.commandBody()
        let cancel = try context.validate { () throws(MessageError) in try body.cancellation(of: id) }
        return .accepted(try await executor.execute(.cancel(cancel), in: context))
    }

    // MARK: - Reading

    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = try context.requireCaller()
        let page = try PageRequest(request)
        var filter = ApplicationFilter()
        var query: [String] = []
        if let text = try request.query("status") {
            guard let status = VolunteerApplication.Status(rawValue: text) else {
                throw Problem(.malformed, "status must be open, started or cancelled.")
            }
            filter.status = status
            query.append("status=\(text)")
        }
        query.append("limit=\(page.limit)")
        switch caller.role {
        case .fund: filter.fund = caller.id
        case .volunteer where filter.status ?? .open != .open:
            return .fresh(PageJSON<ApplicationJSON>(items: [], next: nil))
        case .volunteer: filter.status = .open
        case .service: break
        }
        let now = Timestamp.now()
        let found = try await queries.applications(filter, page, now: now)
        let next = found.next.map { "/v1/applications?\((query + ["cursor=\($0.text)"]).joined(separator: "&"))" }
        let items = found.items.map { ApplicationJSON(application: $0, now: now) }
        return .fresh(PageJSON(items: items, next: next))
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = try context.requireCaller()
        let now = Timestamp.now()
        guard let application = try queries.application(try context.id()), caller.canSee(application, at: now) else {
            throw Problem.notFound
        }
        return .fresh(ApplicationJSON(application: application, now: now))
    }
}

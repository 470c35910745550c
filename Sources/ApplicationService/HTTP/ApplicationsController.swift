import ApplicationDomain
import Contracts
import Hummingbird
import Web

/// Applications: the three commands of funds, and reading.
struct ApplicationsController: Sendable {
    let executor: CommandExecutor
    let queries: ApplicationQueries

    // MARK: - Commands

    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> AcceptedCommand {
        try context.requireRole(.fund, .service)
        let caller = context.caller
        let key = context.idempotencyKey?.text
        let assigned = key.map { CommandKey.applicationID($0, caller: caller.name) } ?? CommandKey.applicationID()
        let create = try context.readBody { try $0.create(assigned: assigned, caller: caller.id) }
        if caller.role == .fund, create.fundID != caller.id {
            throw Problem(.forbidden, "A fund may create applications only for itself: omit fund_id or send its own.")
        }
        return try await executor.execute(.create(create), in: context)
    }

    @Sendable func update(_ request: Request, _ context: APIRequestContext) async throws -> AcceptedCommand {
        try context.requireRole(.fund, .service)
        let id = try context.id()
        let update = try context.readBody { try $0.update(of: id) }
        return try await executor.execute(.update(update), in: context)
    }

    /// `DELETE`, or `POST …/cancellation` with an optional body.
    @Sendable func cancel(_ request: Request, _ context: APIRequestContext) async throws -> AcceptedCommand {
        try context.requireRole(.fund, .service)
        let id = try context.id()
        let cancel =
            context.body.isEmpty
            ? CancelVolunteerApplication(applicationID: id) : try context.readBody { try $0.cancellation(of: id) }
        return try await executor.execute(.cancel(cancel), in: context)
    }

    // MARK: - Reading

    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
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
        let caller = context.caller
        let now = Timestamp.now()
        guard let application = try queries.application(try context.id()), caller.canSee(application, at: now) else {
            throw Problem.notFound
        }
        return .fresh(ApplicationJSON(application: application, now: now))
    }
}

import ApplicationDomain
import Contracts
import Foundation
import Hummingbird
import Web

/// Applications: the three commands of funds, and reading.
struct ApplicationsController: Sendable {
    let executor: CommandExecutor
    let queries: ApplicationQueries
    let forwarder: RequestForwarder

    // MARK: - Commands

    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> AcceptedCommand {
        try context.requireRole(.fund, .service)
        let caller = context.caller
        guard let assigned = context.assignedID else { throw Problem(.internal, "No id was assigned.") }
        let (create, callback) = try context.readCommand { try $0.create(assigned: assigned, caller: caller.id) }
        if caller.role == .fund, create.fundID != caller.id {
            throw Problem(.forbidden, "A fund may create applications only for itself: omit fund_id or send its own.")
        }
        // A fund could otherwise take an id that another needs, or find out which ids exist.
        if caller.role == .fund, create.applicationID != assigned {
            throw Problem(.forbidden, "A fund may not choose an application's id: omit volunteer_application_id.")
        }
        return try await executor.execute(.create(create), callback: callback, in: context)
    }

    @Sendable func update(_ request: Request, _ context: APIRequestContext) async throws -> AcceptedCommand {
        try context.requireRole(.fund, .service)
        let id = try context.id()
        let (update, callback) = try context.readCommand { try $0.update(of: id) }
        return try await executor.execute(.update(update), callback: callback, in: context)
    }

    /// `DELETE`, or `POST …/cancellation` with an optional body.
    @Sendable func cancel(_ request: Request, _ context: APIRequestContext) async throws -> AcceptedCommand {
        try context.requireRole(.fund, .service)
        let id = try context.id()
        let (cancel, callback) =
            context.body.isEmpty
            ? (CancelVolunteerApplication(applicationID: id), nil)
            : try context.readCommand { try $0.cancellation(of: id) }
        return try await executor.execute(.cancel(cancel), callback: callback, in: context)
    }

    // MARK: - Reading

    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
        let page = try PageRequest(request, of: .listApplications)
        var filter = try ApplicationFilter(request)
        let nothing = PageJSON(items: [], next: nil)
        switch caller.role {
        case .fund:
            if filter.fund ?? caller.id != caller.id { return .fresh(nothing, for: request) }
            filter.fund = caller.id
        case .volunteer:
            if filter.status ?? .open != .open { return .fresh(nothing, for: request) }
            filter.status = .open
        case .service: break
        }
        let now = Timestamp.now()
        if let partition = context.part {
            return try await queries.applications(filter, page, in: partition, now: now).response()
        }
        let found = try await queries.applications(filter, page, now: now) { [forwarder] partition in
            try await forwarder.part(of: page.url, .listApplications, request, context, in: partition)
        }
        return .fresh(PageJSON(items: found.items, next: found.next.map(page.url)), for: request)
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
        let now = Timestamp.now()
        let id = try context.id()
        guard let application = try queries.application(id) else { throw Problem.notFound }
        // A volunteer who has responded may read the application, also when it is over.
        guard try caller.canSee(application, at: now) || queries.hasResponded(caller, to: id) else {
            throw Problem.notFound
        }
        return .fresh(ApplicationJSON(application: application, now: now), for: request)
    }
}

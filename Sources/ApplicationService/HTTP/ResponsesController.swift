import ApplicationDomain
import Contracts
import Hummingbird
import Web

/// Volunteers' responses to applications.
struct ResponsesController: Sendable {
    let executor: CommandExecutor
    let queries: ApplicationQueries
    let forwarder: RequestForwarder

    @Sendable func respond(_ request: Request, _ context: APIRequestContext) async throws -> AcceptedCommand {
        let caller = context.caller
        let id = try context.id()
        // A fund is no volunteer, so its body must name one.
        let volunteer = caller.role == .fund ? nil : caller.id
        let response = try context.readBody { try $0.response(to: id, caller: volunteer) }
        if caller.role == .volunteer, response.volunteerID != caller.id {
            throw Problem(
                .forbidden, "A volunteer may respond only for themselves: omit volunteer_id or send their own.")
        }
        return try await executor.execute(.respond(response), in: context)
    }

    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
        let id = try context.id()
        let page = try PageRequest(request, of: .listResponses)
        let standing: Member.Standing? = try request.query("state")
        let order: ResponseOrder? = try request.query("order")
        let now = Timestamp.now()
        guard let application = try queries.application(id) else { throw Problem.notFound }
        if caller.role == .volunteer {
            // Volunteers see only their own response, even after the application has ended.
            let own = try await ownResponse(of: caller, to: id)
            guard own != nil || caller.canSee(application, at: now) else { throw Problem.notFound }
            let items = [own].compactMap(\.self).filter { standing == nil || $0.member.standing == standing }
            return .fresh(PageJSON(items: items.map { ResponseJSON($0, now: now) }, next: nil), for: request)
        }
        guard caller.canSee(application, at: now),
            let found = try await queries.responses(to: id, page, standing: standing, order: order)
        else { throw Problem.notFound }
        let items = found.items.map { ResponseJSON($0, now: now) }
        return .fresh(PageJSON(items: items, next: found.next.map(page.url)), for: request)
    }

    /// A volunteer's responses to all applications, also to those that are over.
    @Sendable func listOfVolunteer(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let volunteer = try context.id()
        let page = try PageRequest(request, of: .listVolunteerResponses)
        guard context.caller.canSee(volunteer: volunteer) else { throw Problem.notFound }
        if let partition = context.part {
            return try await queries.responses(of: volunteer, page, in: partition).response()
        }
        let found = try await queries.responses(of: volunteer, page) { [forwarder] partition in
            try await forwarder.part(of: page.url, .listVolunteerResponses, request, context, in: partition)
        }
        return .fresh(PageJSON(items: found.items, next: found.next.map(page.url)), for: request)
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
        let volunteer = try context.id("volunteer_id")
        if caller.role == .volunteer, volunteer != caller.id { throw Problem.notFound }
        let response = try await queries.response(of: volunteer, to: try context.id()) { application in
            caller.role != .fund || application.fundID == caller.id
        }
        guard let response else { throw Problem.notFound }
        return .fresh(ResponseJSON(response, now: .now()), for: request)
    }

    private func ownResponse(of caller: Caller, to application: ID) async throws -> ResponseDetails? {
        guard let volunteer = caller.id else { return nil }
        return try await queries.response(of: volunteer, to: application)
    }
}

import ApplicationDomain
import Contracts
import Hummingbird
import Web

/// What was sent to whom about an application, which NotifierService knows (contract section 8). Whether the
/// application is the caller's is checked here.
struct NotificationsController: Sendable {
    let queries: ApplicationQueries
    /// To the partitions of NotifierService.
    let forwarder: RequestForwarder

    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
        let id = try context.id()
        let page = try PageRequest(request, of: .listApplicationNotifications)
        let volunteer = try request.query("volunteer_id").map { text throws(Problem) in
            guard let id = ID(validating: text) else { throw Problem(.malformed, "volunteer_id must be an id.") }
            return id
        }
        // Volunteers have their own in their inbox.
        guard caller.role != .volunteer, let application = try queries.application(id),
            caller.canSee(application, at: .now())
        else { throw Problem.notFound }
        // Those to one volunteer are in one partition.
        let partitions = queries.partitions
        let found = try await forwarder.newestFirst(
            page, of: .listApplicationNotifications, request, context, and: Self.since(application),
            in: volunteer.map { [.of($0, count: partitions.count)] } ?? partitions.all)
        return .fresh(PageJSON(items: found.items, next: found.next.map(page.url)), for: request)
    }

    /// What was sent before belongs to another application, which had the id and is forgotten.
    private static func since(_ application: VolunteerApplication) -> String {
        guard let created = application.createdAt?.advanced(by: .zero - clockDifference) else { return "" }
        return "&since=\(max(created.milliseconds, 0))"
    }

    /// By which the clock of NotifierService may be behind.
    private static let clockDifference: Duration = .seconds(3_600)
}

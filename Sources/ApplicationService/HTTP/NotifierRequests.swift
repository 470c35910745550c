import Hummingbird
import Web

/// Passes on the requests that NotifierService answers, if the caller may see what they concern (contract section 8).
struct NotifierRequests: Sendable {
    /// To the partitions of NotifierService.
    let forwarder: RequestForwarder
    /// `PARTITIONS`.
    let partitionCount: Int

    /// The answer of the partition that the request concerns.
    /// - Throws: `not_found`; `unavailable`; `outcome_unknown` if a command may have been carried out.
    func answer(_ request: Request, to route: Route, _ context: APIRequestContext) async throws -> Response {
        try requireVisible(route, context)
        guard let partition = try route.partition(of: context, count: partitionCount) else { throw Problem.notFound }
        return try await forwarder.answer(request, to: route, context, by: partition)
    }

    /// - Throws: `not_found`: what is not the caller's looks like what does not exist.
    private func requireVisible(_ route: Route, _ context: APIRequestContext) throws(Problem) {
        switch route {
        case .listNotifications, .markNotificationsRead, .getPreferences, .putPreferences:
            guard context.caller.canSee(volunteer: try context.id()) else { throw .notFound }
        default:
            throw .notFound
        }
    }
}

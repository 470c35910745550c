import ApplicationDomain
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// The status monitor that clients poll (contract section 8). A failed operation is a successful poll.
struct OperationsController: Sendable {
    /// The longest `Prefer: wait`, in seconds.
    static let maxWait = 20

    let queries: OperationQueries
    let deliveries: DeliveryQueries

    @Sendable func get(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let caller = context.caller
        guard let id = OperationID(parsing: try context.text("id")) else { throw Problem.notFound }
        let wait = Preference.wait(in: request.headers, atMost: Self.maxWait)
        let found = try await queries.operation(id, waiting: wait.map { .seconds($0) }, caller: caller.limitedName) {
            caller.canSee($0)
        }
        guard let found else { throw Problem.notFound }
        let operation = found.operation
        if found.isExpired { throw Problem.operationExpired }
        let callback = operation.callback == nil ? nil : try await deliveries.callback(of: operation, for: caller)
        let body = OperationJSON(operation, callback: callback ?? .waiting).encoded()
        let tag = EntityTag(ofContent: body)
        var headers: HTTPFields = [
            .eTag: tag.headerValue, .cacheControl: "private, no-cache", .vary: "Authorization, Prefer",
        ]
        if operation.endedAt == nil {
            headers[.retryAfter] = String(Self.pollInterval(after: Timestamp.now() - operation.createdAt))
        }
        if let wait, found.mayWait { headers[.preferenceApplied] = "wait=\(wait)" }
        if tag.matchesIfNoneMatch(in: request.headers) { return Response(status: .notModified, headers: headers) }
        return .json(body, headers: headers)
    }

    /// `Retry-After` of a running operation, in seconds. Most operations end within one second.
    static func pollInterval(after age: Duration) -> Int {
        switch age {
        case ..<Duration.seconds(10): 1
        case ..<Duration.seconds(60): 2
        case ..<Duration.seconds(600): 5
        default: 15
        }
    }
}

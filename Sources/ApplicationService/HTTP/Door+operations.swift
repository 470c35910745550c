import ApplicationDomain
import Contracts
import HTTPTypes
import Hummingbird
import Web

/// Polling (contract section 8): a failed operation is a poll that succeeded.
extension Door {
    /// The longest `Prefer: wait`, in seconds.
    private static let longestWait = 20

    func getOperation(_ visit: Visit) async throws -> Response {
        guard let id = OperationID(parsing: try visit.text("id")) else { throw Problem.unknown }
        let wait = Preference.wait(in: visit.headers, atMost: Self.longestWait)
        let found = try await monitor.operation(id, waiting: wait.map { .seconds($0) }) { operation in
            visit.caller.role == .service || operation.caller == visit.caller.name
        }
        guard let operation = found else { throw Problem.unknown }
        let now = Timestamp.now()
        if let ended = operation.endedAt, now >= ended.advanced(by: CommandOperation.retention) {
            throw Problem(.operationExpired, "The operation ended long ago, and what became of it is no longer kept.")
        }
        let tag = EntityTag("\(operation.updatedAt.milliseconds)-\(operation.status)")
        var headers: HTTPFields = [
            .eTag: tag.field, .cacheControl: "private, no-cache", .vary: "Authorization, Prefer",
        ]
        if operation.endedAt == nil {
            headers[.retryAfter] = String(Self.pause(after: now - operation.createdAt))
        }
        if let wait { headers[.preferenceApplied] = "wait=\(wait)" }
        if tag.isKnown(by: visit.headers) { return Response(status: .notModified, headers: headers) }
        return json(OperationJSON(operation).encoded(), headers: headers)
    }

    /// When to ask again, in seconds: soon at first, for most operations end within one.
    static func pause(after age: Duration) -> Int {
        switch age {
        case ..<Duration.seconds(10): 1
        case ..<Duration.seconds(60): 2
        case ..<Duration.seconds(600): 5
        default: 15
        }
    }
}

import Contracts
import Ledger
import ServiceKit
import Web

/// Answers the HTTP requests that ApplicationService passes on (contract section 8). Each group of routes is a static
/// list in a file of its own, and is added here.
struct NotifierRouter: Sendable {
    private let routes: [NotifierRoute]

    /// Of one partition.
    static let limits = RequestLimits(concurrency: 4_096, bytes: Limits.forwardedRequestBytes)

    init(_ routes: [NotifierRoute]) {
        self.routes = routes
    }

    @Sendable func answer(
        _ request: RequestReplyMessage, from partition: RequestedPartition
    ) async throws -> RequestReplyMessage {
        guard case .forwardedRequest(let forwarded) = request else {
            return .refused(RequestRejected(reason: "this is not a request to NotifierService"))
        }
        guard let role = Caller.Role(rawValue: forwarded.role) else {
            return .refused(RequestRejected(reason: "the role is unknown"))
        }
        let parts = NotifierRoute.parts(of: forwarded.path)
        for route in routes where route.method == forwarded.method {
            guard let parameters = route.parameters(of: parts) else { continue }
            let request = NotifierRequest(
                forwarded: forwarded, caller: Caller(role: role, id: forwarded.caller), parameters: parameters,
                query: NotifierRequest.query(of: forwarded.path), partition: partition)
            do {
                return .forwardedResponse(try await route.handler(request))
            } catch let problem as Problem {
                return .forwardedResponse(ForwardedResponse(problem))
            }
        }
        return .refused(RequestRejected(reason: "no route has this path"))
    }
}

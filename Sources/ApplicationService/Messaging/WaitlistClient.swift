import Broker
import Contracts
import Logging
import ServiceKit
import ServiceLifecycle

/// Requests current waiting-list positions from WaitlistService, which alone knows them. One connection per process.
struct WaitlistClient: Service {
    private let requester: Requester
    private let user: String
    private let logger: Logger

    init(endpoint: BrokerEndpoint, logger: Logger) {
        user = endpoint.user
        self.logger = logger
        requester = Requester(endpoint: endpoint, name: "application asks", logger: logger)
    }

    func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await requester.run()
        } onCancelOrGracefulShutdown: {
            requester.stop()
        }
    }

    /// Returns the positions, from 1, of those volunteers who are on the application's waiting list; empty if the
    /// application is unknown or cancelled. Nil if WaitlistService does not answer in time.
    /// - Parameters:
    ///   - partition: the application's.
    ///   - sent: how many messages about the application WaitlistService was sent: positions before it has applied them
    ///     would be outdated. Nil for the positions as they are.
    ///   - timeout: for all requests together; `Limits.volunteersPerRequest` volunteers fit into one.
    func positions(
        of volunteers: [ID], in application: ID, partition: Partition, after sent: Int? = nil,
        timeout: Duration = .seconds(2)
    ) async -> [ID: Int]? {
        let deadline = ContinuousClock.now + timeout
        var rest = volunteers[...]
        var positions: [ID: Int] = [:]
        while !rest.isEmpty {
            let page = rest.prefix(Limits.volunteersPerRequest)
            rest = rest.dropFirst(page.count)
            let request = WaitlistPositionsRequest(applicationID: application, volunteerIDs: Array(page), seen: sent)
            do {
                for entry in try await send(request, to: partition, timeout: deadline - .now).positions {
                    positions[entry.volunteerID] = entry.position
                }
            } catch {
                logger.debug(
                    "WaitlistService did not answer a request for positions",
                    metadata: [LogKey.partition: "\(partition)", LogKey.error: "\(error)"])
                return nil
            }
        }
        return positions
    }

    private func send(
        _ request: WaitlistPositionsRequest, to partition: Partition, timeout: Duration
    ) async throws -> WaitlistPositionsReply {
        let message = RequestReplyMessage.askWaitlistPositions(request)
        let reply = try await requester.request(
            message.encoded(), to: Address(service: .waitlist, partition: partition).requestQueue,
            properties: .published(
                message.action.rawValue, by: Address(service: .application, partition: partition), user: user),
            timeout: timeout)
        switch try RequestReplyMessage(parsing: reply.body) {
        case .waitlistPositions(let positions): return positions
        case .refused(let refused): throw RequestFailed(reason: refused.reason)
        case .askWaitlistPositions, .forwardedRequest: throw RequestFailed(reason: "the reply is a request")
        case .forwardedResponse: throw RequestFailed(reason: "the reply is to another request")
        }
    }

    private struct RequestFailed: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }
}

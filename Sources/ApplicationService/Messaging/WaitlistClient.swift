import Broker
import Contracts
import Logging
import ServiceKit
import ServiceLifecycle

/// Asks WaitlistService what it alone holds: where people are on its lists now. One connection for the whole process.
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

    /// The places, from 1, of those of the volunteers who are on the list; of an unknown or cancelled application none.
    /// Nil when WaitlistService cannot be asked now, which says nothing about anybody.
    /// - Parameters:
    ///   - partition: the application's.
    ///   - timeout: for all of it, however many questions it takes.
    func positions(
        of volunteers: [ID], in application: ID, partition: Partition, timeout: Duration = .seconds(2)
    ) async -> [ID: Int]? {
        let end = ContinuousClock.now + timeout
        var rest = volunteers[...]
        var places: [ID: Int] = [:]
        while !rest.isEmpty {
            let page = rest.prefix(Limits.volunteersPerRequest)
            rest = rest.dropFirst(page.count)
            let question = WaitlistPositionsRequest(applicationID: application, volunteerIDs: Array(page))
            do {
                for place in try await ask(question, partition, timeout: end - .now).positions {
                    places[place.volunteerID] = place.position
                }
            } catch {
                logger.debug(
                    "WaitlistService does not say who is where on its list",
                    metadata: [LogKey.partition: "\(partition)", LogKey.error: "\(error)"])
                return nil
            }
        }
        return places
    }

    private func ask(
        _ question: WaitlistPositionsRequest, _ partition: Partition, timeout: Duration
    ) async throws -> WaitlistPositionsReply {
        let question = RequestReplyMessage.askWaitlistPositions(question)
        let reply = try await requester.request(
            question.encoded(), to: Address(service: .waitlist, partition: partition).requestQueue,
            properties: .published(
                question.action.rawValue, by: Address(service: .application, partition: partition), user: user),
            timeout: timeout)
        switch try RequestReplyMessage(parsing: reply.body) {
        case .waitlistPositions(let positions): return positions
        case .refused(let refused): throw NotAnswered(reason: refused.reason)
        case .askWaitlistPositions: throw NotAnswered(reason: "the answer is a question")
        }
    }

    private struct NotAnswered: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }
}

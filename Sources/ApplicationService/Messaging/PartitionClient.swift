import Broker
import Contracts
import Logging
import ServiceKit
import ServiceLifecycle

/// Passes requests on to the processes that own the partitions of a service: the other partitions of
/// ApplicationService, and those of NotifierService. One connection per process and service.
struct PartitionClient: Service {
    /// Why there is no reply.
    enum Failure: Error, Hashable {
        /// No process has received the request, or the one that has it refused it: nothing was changed.
        case notServed
        /// The request may have been carried out.
        case noReply
    }

    /// How long the owner may take for what does not wait for an operation's end: longer than its own questions to
    /// WaitlistService, and as long as a partition takes to get another owner.
    static let replyLimit: Duration = .seconds(5)
    /// The most requests without a reply; further ones fail at once. Each takes a connection of a client, and a list
    /// asks all partitions.
    private static let maxInFlight = 8_192

    private let service: ServiceName
    private let requester: Requester
    private let user: String
    private let logger: Logger

    init(_ service: ServiceName, endpoint: BrokerEndpoint, logger: Logger) {
        self.service = service
        user = endpoint.user
        self.logger = logger
        requester = Requester(
            endpoint: endpoint, name: "application forwards to \(service.rawValue)",
            replyLimit: Limits.forwardedResponseBytes, inFlightLimit: Self.maxInFlight, logger: logger)
    }

    func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await requester.run()
        } onCancelOrGracefulShutdown: {
            requester.stop()
        }
    }

    /// The owner's answer.
    /// - Parameter limit: how long to wait for it. The broker drops a request that was not delivered by then.
    /// - Throws: ``Failure``, or `CancellationError`.
    func answer(
        _ request: ForwardedRequest, of partition: Partition, within limit: Duration
    ) async throws -> ForwardedResponse {
        let message = RequestReplyMessage.forwardedRequest(request)
        let address = Address(service: service, partition: partition)
        let sender = Address(service: .application, partition: partition)
        var properties = MessageProperties.published(message.action.rawValue, by: sender, user: user)
        properties.expiration = String(limit.components.seconds * 1_000)
        do {
            let reply = try await requester.request(
                message.encoded(), to: address.requestQueue, properties: properties, timeout: limit)
            switch try RequestReplyMessage(parsing: reply.body) {
            case .forwardedResponse(let response): return response
            case .refused(let refused): throw failed(.notServed, partition, refused.reason)
            case .askWaitlistPositions, .waitlistPositions, .forwardedRequest:
                throw failed(.noReply, partition, "the reply is of another kind")
            }
        } catch let error as BrokerError {
            if error.code == .cancelled { throw CancellationError() }
            throw failed(Self.failure(error), partition, "\(error)")
        } catch let error as MessageError {
            throw failed(.noReply, partition, error.description)
        }
    }

    /// A request that was sent may have been carried out, unless it was returned.
    private static func failure(_ error: BrokerError) -> Failure {
        switch error.code {
        case .unroutable, .unreachable, .overloaded, .invalidMessage: .notServed
        default: .noReply
        }
    }

    private func failed(_ failure: Failure, _ partition: Partition, _ reason: String) -> Failure {
        logger.debug(
            "A forwarded request was not answered",
            metadata: [LogKey.partition: "\(partition)", LogKey.reason: "\(reason)"])
        return failure
    }
}

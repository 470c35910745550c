import Broker
import Contracts
import Ledger
import Logging

/// Answers the requests of other processes to a partition. Every request gets a reply, if only a refusal.
struct RequestResponder: Sendable {
    let address: Address
    let partition: RequestedPartition
    let user: String
    let trustedUsers: Set<ExactString>
    /// A process that does not hold the owner queue may have an outdated file, so it refuses.
    let isOwner: @Sendable () -> Bool
    let requestHandler: ServiceDefinition.RequestHandler
    let logger: Logger
    var limits = RequestLimits()

    func respond(to delivery: Delivery) async -> (MessageProperties, [UInt8]) {
        let reply = await reply(to: delivery)
        if case .refused(let refused) = reply {
            logger.debug("Request refused", metadata: [LogKey.reason: "\(refused.reason)"])
        }
        return (.published(reply.action.rawValue, by: address, user: user), reply.encoded())
    }

    private func reply(to delivery: Delivery) async -> RequestReplyMessage {
        guard let requester = delivery.properties.userID, trustedUsers.contains(ExactString(requester)) else {
            return refuse("the requester is not one of TRUSTED_AMQP_USERS")
        }
        guard isOwner() else { return refuse("this process does not own the partition now") }
        guard !delivery.isTruncated else { return refuse("larger than \(limits.bytes) bytes") }
        let request: RequestReplyMessage
        do {
            request = try RequestReplyMessage(parsing: delivery.body)
        } catch {
            return refuse(error.description)
        }
        do {
            return try await requestHandler(request, partition)
        } catch {
            logger.warning("Request failed", metadata: [LogKey.error: "\(error)"])
            return refuse("cannot be answered now")
        }
    }

    /// - Parameter reason: safe to show and to log.
    private func refuse(_ reason: String) -> RequestReplyMessage { .refused(RequestRejected(reason: reason)) }
}

import Broker
import Contracts
import Ledger
import Logging

/// Where other services ask a partition: reads a question, has it answered from the file, and answers also when there
/// is no answer. Nothing that is asked holds up the writer, or changes anything.
struct RequestResponder: Sendable {
    let address: Address
    let file: LedgerFile
    let user: String
    let trustedUsers: Set<String>
    /// Who does not hold the partition's owner queue may have another file than its owner, and says nothing of it.
    let isOwner: @Sendable () -> Bool
    let requestHandler: ServiceDefinition.RequestHandler
    let logger: Logger

    func take(_ delivery: Delivery) async -> (MessageProperties, [UInt8]) {
        let answer = await answer(to: delivery)
        if case .refused(let refused) = answer {
            logger.debug("A question is refused", metadata: [LogKey.reason: "\(refused.reason)"])
        }
        return (.published(answer.action.rawValue, by: address, user: user), answer.encoded())
    }

    private func answer(to delivery: Delivery) async -> RequestReplyMessage {
        guard let asker = delivery.properties.userID, trustedUsers.contains(asker) else {
            return refuse("the asker is not one of TRUSTED_AMQP_USERS")
        }
        guard isOwner() else { return refuse("the partition is not ours now") }
        guard !delivery.isTruncated else { return refuse("larger than \(Limits.maxMessageBytes) bytes") }
        let question: RequestReplyMessage
        do {
            question = try RequestReplyMessage(parsing: delivery.body)
        } catch {
            return refuse(error.description)
        }
        do {
            return try await requestHandler(question, file)
        } catch {
            logger.warning("A question cannot be answered", metadata: [LogKey.error: "\(error)"])
            return refuse("cannot be answered now")
        }
    }

    /// - Parameter reason: safe to show and to log.
    private func refuse(_ reason: String) -> RequestReplyMessage { .refused(RequestRejected(reason: reason)) }
}

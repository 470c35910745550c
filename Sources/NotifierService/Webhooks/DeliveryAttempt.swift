import Contracts
import Webhooks

/// One attempt to post a delivery to its receiver. The sender signs it.
struct DeliveryAttempt: Sendable, Hashable {
    /// The same for all attempts and replays.
    let webhookID: String
    /// Counts the attempts from 1; an informative header field.
    let number: Int
    let url: String
    let body: [UInt8]
    /// Each signs; the current one is the first.
    let secrets: [SigningSecret]
    /// When the attempt is made, for the signature.
    let time: Timestamp
}

package import Broker
package import Contracts

extension MessageProperties {
    /// As all that a partition publishes bears them (contract section 3), but for a `message_id`.
    /// - Parameter user: the broker's, who is checked by it.
    package static func published(
        _ type: String, by address: Address, user: String, at time: Timestamp = .now(),
        headers: [String: HeaderValue] = [:]
    ) -> MessageProperties {
        MessageProperties(
            contentType: "application/json", type: type, userID: user, appID: address.name, deliveryMode: 2,
            timestamp: UInt64(max(0, time.milliseconds / 1000)), headers: headers)
    }
}

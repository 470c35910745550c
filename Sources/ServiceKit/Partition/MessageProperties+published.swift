package import Broker
package import Contracts

extension MessageProperties {
    /// The properties of every message a partition publishes (contract section 3), except `message_id`.
    /// - Parameter user: the connection's user; the broker checks `user_id` against it.
    package static func published(
        _ type: String, by address: Address, user: String, at time: Timestamp = .now(),
        headers: [String: HeaderValue] = [:]
    ) -> MessageProperties {
        MessageProperties(
            contentType: "application/json", type: type, userID: user, appID: address.name, deliveryMode: 2,
            timestamp: UInt64(max(0, time.milliseconds / 1000)), headers: headers)
    }
}

/// A request that a ``WebhookReceiver`` has got.
package struct ReceivedDelivery: Sendable {
    package let method: String
    package let path: String
    /// As they were sent.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// Counts the receiver's connections, from 1.
    package let connection: Int

    /// The value of a header field, whatever the case of its name; nil if there is none or more than one.
    package func header(_ name: String) -> String? {
        let values = headers.filter { $0.name.lowercased() == name.lowercased() }
        return values.count == 1 ? values[0].value : nil
    }

    package var id: String? { header("webhook-id") }

    package var text: String { String(decoding: body, as: UTF8.self) }
}

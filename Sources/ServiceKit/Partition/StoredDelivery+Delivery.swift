package import Broker
import Contracts
package import Ledger

extension StoredDelivery {
    package init(_ delivery: Delivery) {
        let properties = delivery.properties
        self.init(
            queue: delivery.queue, exchange: delivery.exchange, routingKey: delivery.routingKey,
            messageID: properties.messageID, type: properties.type, userID: properties.userID, appID: properties.appID,
            contentType: properties.contentType, traceparent: properties.headers[HeaderName.traceparent]?.stringValue,
            sentAt: properties.timestamp.flatMap { Int64(exactly: $0) }, bodyLength: delivery.bodyLength,
            bodyDigest: delivery.bodyDigest.map { Hexadecimal.digits(of: $0) }, body: delivery.body)
    }
}

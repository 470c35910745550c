/// An exchange, queue or binding that a connection declares at the broker before it is used.
package enum Declaration: Sendable, Hashable {
    case exchange(name: String, type: String, durable: Bool)
    case queue(name: String, durable: Bool, exclusive: Bool, autoDelete: Bool, arguments: [String: HeaderValue])
    case binding(queue: String, exchange: String, key: String)
}

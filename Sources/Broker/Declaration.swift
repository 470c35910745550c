/// Something that must exist at the broker, as the user of a connection declares it.
package enum Declaration: Sendable, Hashable {
    case exchange(name: String, type: String, durable: Bool)
    case queue(name: String, durable: Bool, exclusive: Bool, autoDelete: Bool, arguments: [String: HeaderValue])
    case binding(queue: String, exchange: String, key: String)
}

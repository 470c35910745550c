package import Broker
package import Contracts

extension Topology {
    /// The topology as declarations, in the order that the broker requires: exchanges, queues, bindings.
    package var declarations: [Declaration] {
        exchanges.map { .exchange(name: $0.name, type: $0.type, durable: $0.durable) }
            + queues.map { queue in
                .queue(
                    name: queue.name, durable: queue.durable, exclusive: queue.exclusive, autoDelete: queue.autoDelete,
                    arguments: queue.arguments.mapValues { argument in
                        switch argument {
                        case .string(let value): .string(value)
                        case .int(let value): .int(Int64(value))
                        case .bool(let value): .bool(value)
                        }
                    })
            }
            + bindings.map { .binding(queue: $0.queue, exchange: $0.exchange, key: $0.key) }
    }
}

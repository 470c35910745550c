/// Exchanges, queues and bindings that a service declares before it consumes or publishes (contract section 3). It
/// refuses to start if the broker has one of them with other properties.
public struct Topology: Hashable, Sendable {
    /// An exchange to declare.
    public struct Exchange: Hashable, Sendable {
        /// One of ``Contracts/Exchange``.
        public let name: String
        /// `topic` for all our exchanges.
        public let type: String
        /// Whether it survives a restart of the broker.
        public let durable: Bool

        /// By default a durable topic exchange.
        public init(name: String, type: String = "topic", durable: Bool = true) {
            self.name = name
            self.type = type
            self.durable = durable
        }
    }

    /// The value of a queue argument.
    public enum Argument: Hashable, Sendable {
        /// A long string.
        case string(String)
        /// A signed 64-bit integer.
        case int(Int)
        /// A boolean.
        case bool(Bool)
    }

    /// A queue to declare.
    public struct Queue: Hashable, Sendable {
        /// One of the names in ``Address``, or ``Topology/ingressQueue``.
        public let name: String
        /// Whether it survives a restart of the broker.
        public let durable: Bool
        /// Whether it belongs to one connection and is deleted with it.
        public let exclusive: Bool
        /// Whether it is deleted with its last consumer.
        public let autoDelete: Bool
        /// The `x-` arguments, by name.
        public let arguments: [String: Argument]

        /// By default a durable queue without arguments.
        public init(
            name: String, durable: Bool = true, exclusive: Bool = false, autoDelete: Bool = false,
            arguments: [String: Argument] = [:]
        ) {
            self.name = name
            self.durable = durable
            self.exclusive = exclusive
            self.autoDelete = autoDelete
            self.arguments = arguments
        }
    }

    /// A binding of a queue to an exchange.
    public struct Binding: Hashable, Sendable {
        /// The queue's name.
        public let queue: String
        /// The exchange's name.
        public let exchange: String
        /// A topic pattern: `*` matches one word, `#` any number of words.
        public let key: String

        /// Binds a queue to an exchange.
        public init(queue: String, exchange: String, key: String) {
            self.queue = queue
            self.exchange = exchange
            self.key = key
        }
    }

    /// In the order of declaration.
    public var exchanges: [Exchange]
    /// In the order of declaration, after the exchanges.
    public var queues: [Queue]
    /// In the order of declaration, after the queues.
    public var bindings: [Binding]

    /// The parts keep their order.
    public init(exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = []) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }

    /// The union of two topologies, in the order of first appearance.
    public func merging(_ other: Topology) -> Topology {
        Topology(
            exchanges: Self.union(exchanges, other.exchanges),
            queues: Self.union(queues, other.queues),
            bindings: Self.union(bindings, other.bindings))
    }

    private static func union<Element: Hashable>(_ a: [Element], _ b: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return (a + b).filter { seen.insert($0).inserted }
    }
}

/// Exchanges, queues and bindings as a pure value: what a service declares before it publishes, and a differing
/// declaration of which refuses to start (contract section 3).
public struct Topology: Hashable, Sendable {
    /// An exchange to declare.
    public struct Exchange: Hashable, Sendable {
        /// As in ``Contracts/Exchange``.
        public let name: String
        /// `topic` for all of ours.
        public let type: String
        /// Survives a restart of the broker.
        public let durable: Bool

        /// A durable topic exchange, if nothing else is said.
        public init(name: String, type: String = "topic", durable: Bool = true) {
            self.name = name
            self.type = type
            self.durable = durable
        }
    }

    /// The value of a queue's argument.
    public enum Argument: Hashable, Sendable {
        /// A long string.
        case string(String)
        /// A signed integer of 64 bits.
        case int(Int)
        /// A boolean.
        case bool(Bool)
    }

    /// A queue to declare.
    public struct Queue: Hashable, Sendable {
        /// As in ``Address``.
        public let name: String
        /// Survives a restart of the broker.
        public let durable: Bool
        /// Belongs to one connection and dies with it.
        public let exclusive: Bool
        /// Goes when its last consumer goes.
        public let autoDelete: Bool
        /// The `x-` arguments, by name.
        public let arguments: [String: Argument]

        /// A durable queue without arguments, if nothing else is said.
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

    /// A queue gets what an exchange routes by the key.
    public struct Binding: Hashable, Sendable {
        /// The queue's name.
        public let queue: String
        /// The exchange's name.
        public let exchange: String
        /// A topic pattern: `*` is one word, `#` any number of words.
        public let key: String

        /// Binds a queue to an exchange.
        public init(queue: String, exchange: String, key: String) {
            self.queue = queue
            self.exchange = exchange
            self.key = key
        }
    }

    /// In the order in which to declare them.
    public var exchanges: [Exchange]
    /// In the order in which to declare them, after the exchanges.
    public var queues: [Queue]
    /// In the order in which to declare them, after the queues.
    public var bindings: [Binding]

    /// Takes the parts in the order given.
    public init(exchanges: [Exchange] = [], queues: [Queue] = [], bindings: [Binding] = []) {
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
    }

    /// Both, each element once, in the order of its first appearance.
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

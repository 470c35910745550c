import Contracts
import Specs

/// The document as it is served, with its `$ref`s resolved.
struct AsyncAPI: Sendable {
    /// Parsed once for all tests.
    static let served = Result { try AsyncAPI() }

    /// Messages by their key under `components`, for example `spot_status.streamed`.
    typealias MessageKey = String

    struct Channel: Sendable {
        let key: String
        /// Nil if every client chooses its own name.
        let address: String?
        let amqp: JSON
        /// The allowed values of the address's parameters; nil for any value.
        let parameters: [String: [String]?]
        let messages: [String: MessageKey]

        var isQueue: Bool { amqp["is"] == .string("queue") }
        var exchange: String? { amqp["exchange"]?["name"]?.string }

        /// All combinations of the parameters that have allowed values.
        func fillings(partitions: Int) -> [[String: String]] {
            parameters.sorted { $0.key < $1.key }.reduce([[:]]) { fillings, parameter in
                let partitions = (0..<partitions).map { Partition(number: $0).name }
                guard let values = parameter.key == "partition" ? partitions : parameter.value else { return fillings }
                return fillings.flatMap { filling in
                    values.map { filling.merging([parameter.key: $0]) { $1 } }
                }
            }
        }
    }

    struct Operation: Sendable {
        let key: String
        let isSending: Bool
        let channel: String
        let messages: Set<MessageKey>
        let tags: Set<String>
        let summary: String
    }

    let root: JSON
    let channels: [Channel]
    let operations: [Operation]
    /// Messages with their traits merged.
    let messages: [MessageKey: JSON]

    init() throws {
        let root = try JSON(Specs.asyncAPI)
        self.root = root
        channels = (root["channels"]?.object ?? [:]).map { key, value in
            Channel(
                key: key, address: value["address"]?.string,
                amqp: Self.follow(value["bindings"], in: root)?["amqp"] ?? .null,
                parameters: (value["parameters"]?.object ?? [:]).mapValues {
                    Self.follow($0, in: root)?["enum"]?.strings
                },
                messages: (value["messages"]?.object ?? [:]).mapValues(Self.component))
        }
        operations = (root["operations"]?.object ?? [:]).flatMap { key, value in
            let isSending = value["action"] == .string("send")
            let operation = Operation(key: key, isSending: isSending, value, at: value, in: root)
            // The sender of a request receives the reply, and its receiver sends it.
            guard let reply = Self.follow(value["reply"], in: root) else { return [operation] }
            return [operation, Operation(key: "\(key).reply", isSending: !isSending, value, at: reply, in: root)]
        }
        messages = (root["components"]?["messages"]?.object ?? [:]).mapValues { message in
            let traits = (message["traits"]?.array ?? []).compactMap { Self.follow($0, in: root)?.object }
            let fields = traits.reduce(into: [:]) { $0.merge($1) { $1 } }
            return .object(fields.merging(message.object ?? [:]) { $1 })
        }
    }

    func channel(_ key: String) -> Channel? { channels.first { $0.key == key } }

    /// The declarations in the document, for all values of its parameters.
    func topology(partitions: Int) -> Topology {
        var topology = Topology()
        for channel in channels {
            if let exchange = channel.amqp["exchange"] {
                topology.exchanges.append(
                    Topology.Exchange(
                        name: exchange["name"]?.string ?? "", type: exchange["type"]?.string ?? "",
                        durable: exchange["durable"]?.bool ?? false))
            }
            guard channel.isQueue, channel.address != nil, let queue = channel.amqp["queue"] else { continue }
            for filling in channel.fillings(partitions: partitions) {
                let name = Self.fill(queue["name"]?.string ?? "", filling)
                topology.queues.append(
                    Topology.Queue(
                        name: name, durable: queue["durable"]?.bool ?? false,
                        exclusive: queue["exclusive"]?.bool ?? false, autoDelete: queue["autoDelete"]?.bool ?? false,
                        arguments: (channel.amqp["x-arguments"]?.object ?? [:]).compactMapValues(Self.argument)))
                for (exchange, keys) in channel.amqp["x-binding-keys"]?.object ?? [:] {
                    topology.bindings += keys.strings.map {
                        Topology.Binding(queue: name, exchange: exchange, key: Self.fill($0, filling))
                    }
                }
            }
        }
        return topology
    }

    static func fill(_ pattern: String, _ filling: [String: String]) -> String {
        filling.reduce(pattern) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    private static func argument(_ json: JSON) -> Topology.Argument? {
        switch json {
        case .string(let value): .string(value)
        case .int(let value): .int(value)
        case .bool(let value): .bool(value)
        default: nil
        }
    }

    /// - Parameter once: resolve only the first `$ref`, not the one it points to.
    fileprivate static func follow(_ json: JSON?, in root: JSON, once: Bool = false) -> JSON? {
        guard let target = json?.reference else { return json }
        let found = root.at(target.dropFirst())
        return once ? found : follow(found, in: root)
    }

    fileprivate static func component(_ json: JSON) -> MessageKey {
        String((json.reference ?? "").dropFirst("#/components/messages/".count))
    }
}

extension AsyncAPI.Operation {
    /// - Parameter place: the object that names the channel and its messages: the operation, or its reply.
    fileprivate init(key: String, isSending: Bool, _ operation: JSON, at place: JSON, in root: JSON) {
        let channel = place["channel"]?.reference ?? ""
        let all = (root.at(channel.dropFirst())?["messages"]?.object ?? [:]).values.map { $0 }
        let some = place["messages"]?.array?.map { AsyncAPI.follow($0, in: root, once: true) ?? .null }
        self.init(
            key: key, isSending: isSending, channel: String(channel.dropFirst("#/channels/".count)),
            messages: Set((some ?? all).map(AsyncAPI.component)),
            tags: Set((operation["tags"]?.array ?? []).compactMap { $0["name"]?.string }),
            summary: operation["summary"]?.string ?? "")
    }
}

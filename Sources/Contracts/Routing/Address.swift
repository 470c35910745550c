/// One partition of one service, which is what messages are sent to: `application.p00` (contract section 3).
public struct Address: Hashable, Sendable, CustomStringConvertible {
    /// The service.
    public let service: ServiceName
    /// The partition, by the application's id or, of the notifier, by the user's.
    public let partition: Partition

    /// Names one partition of one service.
    public init(service: ServiceName, partition: Partition) {
        self.service = service
        self.partition = partition
    }

    /// Reads a name as ``name`` writes it.
    public init?(parsing name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let service = ServiceName(rawValue: String(parts[0])),
            let partition = Partition(name: String(parts[1]))
        else { return nil }
        self.init(service: service, partition: partition)
    }

    /// `application.p00`: also the property `app_id` of what it publishes.
    public var name: String { "\(service.rawValue).\(partition.name)" }

    /// The name.
    public var description: String { name }

    /// The durable queue it consumes.
    public var queue: String { name }

    /// The exclusive queue that the partition's one owner holds.
    public var ownerQueue: String { "\(name).owner" }

    /// The queue of questions from other services (request and reply).
    public var requestQueue: String { "\(name).requests" }

    /// `<action>.<service>.<partition>`
    public func routingKey(for action: Action) -> String {
        "\(action.rawValue).\(name)"
    }
}

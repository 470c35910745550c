/// One partition of one service, to which messages are sent: `application.p00` (contract section 3).
public struct Address: Hashable, Sendable, CustomStringConvertible {
    /// The service.
    public let service: ServiceName
    /// The partition: that of the application's id or, in NotifierService, of the user's id.
    public let partition: Partition

    /// The address of one partition of one service.
    public init(service: ServiceName, partition: Partition) {
        self.service = service
        self.partition = partition
    }

    /// Reads a name in the form of ``name``.
    public init?(parsing name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let service = ServiceName(rawValue: String(parts[0])),
            let partition = Partition(name: String(parts[1]))
        else { return nil }
        self.init(service: service, partition: partition)
    }

    /// `application.p00`; also the property `app_id` of the messages that the partition publishes.
    public var name: String { "\(service.rawValue).\(partition.name)" }

    /// The same as ``name``.
    public var description: String { name }

    /// The durable queue that the partition consumes.
    public var queue: String { name }

    /// The exclusive queue that the partition's owner holds.
    public var ownerQueue: String { "\(name).owner" }

    /// The durable queue that says that the partition has had a file. It stays empty.
    public var fileQueue: String { "\(name).file" }

    /// The queue of requests from other services (request and reply).
    public var requestQueue: String { "\(name).requests" }

    /// `<action>.<service>.<partition>`
    public func routingKey(for action: Action) -> String {
        "\(action.rawValue).\(name)"
    }
}

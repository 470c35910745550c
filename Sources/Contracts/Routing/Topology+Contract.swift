/// The topology of contract section 3. Names, arguments and binding keys are the contract's. The services may declare
/// it in any order.
extension Topology {
    /// The queue of commands from outside, consumed by the process that owns `p00`.
    public static let ingressQueue = "application.ingress"

    /// E1 and E2, the exchanges between the services.
    public static let serviceExchanges = Topology(exchanges: [
        Exchange(name: Contracts.Exchange.waiting), Exchange(name: Contracts.Exchange.spotUpdates),
    ])

    /// All three exchanges.
    public static let allExchanges = serviceExchanges.merging(
        Topology(exchanges: [Exchange(name: Contracts.Exchange.notifications)]))

    /// A partition's queue, bound to `#.<service>.<partition>` on E1 and E2.
    public static func partitionQueue(_ address: Address) -> Topology {
        serviceExchanges.merging(
            Topology(
                queues: [Queue(name: address.queue, arguments: partitionArguments)],
                bindings: [Contracts.Exchange.waiting, Contracts.Exchange.spotUpdates].map {
                    Binding(queue: address.queue, exchange: $0, key: "#.\(address.name)")
                }))
    }

    /// `application.ingress`, bound to the bare actions: on E1 the commands, on E2 the messages that only the system
    /// may send, so that a foreign one is recorded as refused and not lost.
    public static let ingress: Topology = {
        let commands: [Action] = [.create, .update, .cancel, .response, .waiting, .waitingListRecord]
        let refused: [Action] = [.notifyFreeSpot, .spotStatus]
        return serviceExchanges.merging(
            Topology(
                queues: [Queue(name: ingressQueue, arguments: partitionArguments)],
                bindings: commands.map {
                    Binding(queue: ingressQueue, exchange: Contracts.Exchange.waiting, key: $0.rawValue)
                }
                    + refused.map {
                        Binding(queue: ingressQueue, exchange: Contracts.Exchange.spotUpdates, key: $0.rawValue)
                    }))
    }()

    /// The customer's channel `notifications`: an exchange and a durable queue, so that a late subscriber misses
    /// nothing. A policy bounds its length (contract section 3); the oldest messages are dropped first.
    public static let notificationsChannel = Topology(
        exchanges: [Exchange(name: Contracts.Exchange.notifications)],
        queues: [
            Queue(
                name: Contracts.Exchange.notifications,
                arguments: ["x-queue-type": .string("quorum"), "x-overflow": .string("drop-head")])
        ],
        bindings: [
            Binding(queue: Contracts.Exchange.notifications, exchange: Contracts.Exchange.notifications, key: "#")
        ])

    /// What a service publishes to and no part of the system consumes. If it vanishes, no consumer notices, so the
    /// publisher declares it again.
    public static func unconsumed(by service: ServiceName) -> Topology {
        service == .notifier ? notificationsChannel : Topology()
    }

    /// The queue that only the owner of a partition declares. It is exclusive, so that the broker refuses a second
    /// owner, and is deleted with the owner's connection.
    public static func ownerQueue(_ address: Address) -> Topology {
        Topology(queues: [Queue(name: address.ownerQueue, durable: false, exclusive: true)])
    }

    /// The queue that says that the partition has had a file: a service does not make a new one then unless it is told
    /// to. Nothing is sent to it. A quorum queue, because a classic one cannot be declared while the node of a cluster
    /// that has it is down.
    public static func fileQueue(_ address: Address) -> Topology {
        Topology(queues: [Queue(name: address.fileQueue, arguments: ["x-queue-type": .string("quorum")])])
    }

    /// The queue of requests to a partition, which only its owner declares. It is exclusive, so that it is deleted with
    /// the connection that could answer, and a later request is returned at once.
    public static func requestQueue(_ address: Address) -> Topology {
        Topology(queues: [
            Queue(
                name: address.requestQueue, durable: false, exclusive: true,
                arguments: ["x-max-length": .int(Limits.requestQueueLength), "x-overflow": .string("reject-publish")])
        ])
    }

    /// The queue through which the other processes of a service reach one of them, to move partitions. It is exclusive,
    /// so that two processes of the same name cannot mix their messages, and that a message to one that does not run is
    /// returned at once.
    public static func processQueue(_ service: ServiceName, process: String) -> Topology {
        Topology(queues: [
            Queue(
                name: service.processQueue(of: process), durable: false, exclusive: true,
                arguments: ["x-max-length": .int(Limits.processQueueLength), "x-overflow": .string("reject-publish")])
        ])
    }

    /// What one service declares: the exchanges, and its own queues with their bindings, except owner, file and request
    /// queues, which the owners of partitions declare, and those of processes. A message to a queue of another service
    /// that has not been declared yet is returned, and published again later.
    /// - Parameter partitions: the number of partitions; less than 1 becomes 1.
    public static func of(_ service: ServiceName, partitions: Int) -> Topology {
        let queues = (0..<max(1, partitions))
            .map { partitionQueue(Address(service: service, partition: Partition(number: $0))) }
            .reduce(serviceExchanges) { $0.merging($1) }
        return switch service {
        case .application: queues.merging(ingress)
        case .waitlist: queues
        case .notifier: queues.merging(unconsumed(by: .notifier))
        }
    }

    /// Exactly the arguments of contract section 3: the broker refuses a declaration that differs. What an operator may
    /// want to change, such as the length, is a policy in `deploy/rabbitmq/definitions.json`.
    private static let partitionArguments: [String: Argument] = [
        "x-queue-type": .string("quorum"),
        "x-single-active-consumer": .bool(true),
        "x-overflow": .string("reject-publish"),
    ]
}

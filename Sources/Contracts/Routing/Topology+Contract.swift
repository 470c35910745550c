/// The topology of contract section 3. Names, arguments and keys are the contract's; anybody who declares the same may
/// come first.
extension Topology {
    /// The queue of commands from the world, consumed by the process that owns `p00`.
    public static let ingressQueue = "application.ingress"

    /// E1 and E2, which the services talk through.
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

    /// `application.ingress`, bound to the bare actions: commands on E1; on E2 what only the system may issue, so that
    /// a foreign one is recorded as refused and not lost.
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

    /// The customer's channel `notifications`: exchange and durable queue, so that a subscriber that comes later misses
    /// nothing. Bounded, the oldest dropped first.
    public static let notificationsChannel = Topology(
        exchanges: [Exchange(name: Contracts.Exchange.notifications)],
        queues: [
            Queue(
                name: Contracts.Exchange.notifications,
                arguments: [
                    "x-queue-type": .string("quorum"),
                    "x-max-length": .int(Limits.queueLength),
                    "x-overflow": .string("drop-head"),
                ])
        ],
        bindings: [
            Binding(queue: Contracts.Exchange.notifications, exchange: Contracts.Exchange.notifications, key: "#")
        ])

    /// The queue that shows who owns a partition: exclusive, so that a second owner is refused, and gone with its
    /// connection. Only the owner declares it.
    public static func ownerQueue(_ address: Address) -> Topology {
        Topology(queues: [Queue(name: address.ownerQueue, durable: false, exclusive: true)])
    }

    /// The queue of questions to a partition. Only the owner declares it: exclusive, so that questions end with the
    /// connection that could answer them, and who asks learns at once that nobody is there.
    public static func requestQueue(_ address: Address) -> Topology {
        Topology(queues: [
            Queue(
                name: address.requestQueue, durable: false, exclusive: true,
                arguments: ["x-max-length": .int(Limits.requestQueueLength), "x-overflow": .string("reject-publish")])
        ])
    }

    /// All that one service sends to or reads from, except owner and request queues, which their owners declare.
    /// - Parameter partitions: `PARTITIONS`; below 1 counts as 1.
    public static func of(_ service: ServiceName, partitions: Int) -> Topology {
        switch service {
        case .application:
            queues(of: [.application, .waitlist, .notifier], partitions).merging(ingress)
        case .waitlist:
            queues(of: [.waitlist, .application], partitions)
        case .notifier:
            // It sends ApplicationService nothing but section 4's control messages.
            queues(of: [.notifier, .application], partitions).merging(notificationsChannel)
        }
    }

    private static func queues(of services: [ServiceName], _ partitions: Int) -> Topology {
        services
            .flatMap { service in
                (0..<max(1, partitions)).map { Address(service: service, partition: Partition(number: $0)) }
            }
            .reduce(serviceExchanges) { $0.merging(partitionQueue($1)) }
    }

    /// Section 3's arguments, to the letter: a differing declaration would be refused.
    private static let partitionArguments: [String: Argument] = [
        "x-queue-type": .string("quorum"),
        "x-single-active-consumer": .bool(true),
        "x-overflow": .string("reject-publish"),
        "x-max-length": .int(Limits.queueLength),
    ]
}

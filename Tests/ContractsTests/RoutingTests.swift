import Contracts
import Foundation
import Testing

@Suite struct `Partitions and names` {
    private struct Vector: Decodable {
        let key: String
        let fnv1a64: String
        let of_4: Int
        let of_16: Int
    }

    @Test func `partitions agree with the contract's vectors`() throws {
        let vectors = try JSONDecoder().decode([Vector].self, from: Data(Example.bytes("partitions")))
        #expect(vectors.count == 5)
        for vector in vectors {
            #expect(Partition.of(key: vector.key, count: 4).number == vector.of_4)
            #expect(Partition.of(key: vector.key, count: 16).number == vector.of_16)
            // 10^9 + 7 partitions check more bits of the hash than 16.
            let hash = try #require(UInt64(vector.fnv1a64, radix: 16))
            #expect(Partition.of(key: vector.key, count: 1_000_000_007).number == Int(hash % 1_000_000_007))
            if let id = ID(validating: vector.key) {
                #expect(Partition.of(id, count: 16).number == vector.of_16)
            }
        }
    }

    @Test func `one partition holds everything, and fewer than one becomes one`() throws {
        #expect(Partition.of(try ID("456"), count: 1).name == "p00")
        #expect(Partition.of(try ID("456"), count: 0).name == "p00")
        #expect(Partition.of(try ID("456"), count: -5).name == "p00")
    }

    @Test(arguments: [(0, "p00"), (7, "p07"), (10, "p10"), (99, "p99"), (123, "p123")])
    func `a partition's name has at least two digits`(number: Int, name: String) {
        #expect(Partition(number: number).name == name)
        #expect(Partition(name: name)?.number == number)
    }

    @Test(arguments: [
        "", "p", "p0", "p7", "p007", "00", "P00", "p-1", "p+1", "p1x", "p99999999999999999999", "p００", "p00 ",
    ])
    func `any other name is not a partition`(name: String) {
        #expect(Partition(name: name) == nil)
    }

    @Test func `queue names and routing keys follow from the address`() throws {
        let address = Address(service: .waitlist, partition: Partition(number: 3))
        #expect(address.name == "waitlist.p03")
        #expect(address.queue == "waitlist.p03")
        #expect(address.ownerQueue == "waitlist.p03.owner")
        #expect(address.fileQueue == "waitlist.p03.file")
        #expect(address.requestQueue == "waitlist.p03.requests")
        #expect(address.routingKey(for: .waiting) == "volunteer_waiting.waitlist.p03")
        #expect(address.routingKey(for: .spotStatus) == "spot_status.waitlist.p03")
        #expect(Address(parsing: "waitlist.p03") == address)
    }

    @Test(arguments: [
        "", ".", "waitlist", "waitlist.", "waitlist.p3", "foo.p00", "waitlist.p00.owner", ".p00", "Waitlist.p00",
    ])
    func `any other name is not an address`(name: String) {
        #expect(Address(parsing: name) == nil)
    }

    @Test func `a stream's name has a producer and a consumer`() {
        #expect(Samples.stream.string == "application.p00>waitlist.p12")
        #expect(StreamName(parsing: "application.p00>waitlist.p12") == Samples.stream)
        for name in [
            "", ">", "application.p00", "application.p00>", "a>b", "application.p00>waitlist.p12>notifier.p00",
        ] {
            #expect(StreamName(parsing: name) == nil)
        }
    }

    @Test func `the customer's words do not change`() {
        #expect(Exchange.waiting == "volunteer_waiting_queue_exchange")
        #expect(Exchange.spotUpdates == "volunteer_notification_exchange")
        #expect(Exchange.notifications == "notifications")
        #expect(SpotStatus.available.rawValue == "место доступно")
        #expect(SpotStatus.notChosen.rawValue == "не выбрал")
        #expect(
            Action.allCases.map(\.rawValue) == [
                "create_volunteer_application", "update_volunteer_application", "cancel_volunteer_application",
                "volunteer_response", "volunteer_waiting", "notify_free_spot", "waiting_list_record", "spot_status",
                "notification", "application_state", "state_complete", "webhook_settings", "webhook_event", "resend",
                "stream_head", "stream_applied",
            ])
        #expect(Action.allCases.filter(\.isControl) == [.resend, .streamHead, .streamApplied])
    }
}

@Suite struct `The topology` {
    private static let arguments: [String: Topology.Argument] = [
        "x-queue-type": .string("quorum"), "x-single-active-consumer": .bool(true),
        "x-overflow": .string("reject-publish"),
    ]

    @Test func `a partition's queue has the contract's arguments and bindings`() {
        let topology = Topology.partitionQueue(Address(service: .notifier, partition: Partition(number: 1)))
        #expect(topology.queues == [Topology.Queue(name: "notifier.p01", arguments: Self.arguments)])
        #expect(topology.queues.allSatisfy { $0.durable && !$0.exclusive && !$0.autoDelete })
        #expect(
            topology.bindings == [
                Topology.Binding(queue: "notifier.p01", exchange: Exchange.waiting, key: "#.notifier.p01"),
                Topology.Binding(queue: "notifier.p01", exchange: Exchange.spotUpdates, key: "#.notifier.p01"),
            ])
        #expect(topology.exchanges.map(\.name) == [Exchange.waiting, Exchange.spotUpdates])
        #expect(topology.exchanges.allSatisfy { $0.type == "topic" && $0.durable })
    }

    @Test func `ingress is bound to commands, and to messages that only the system may send`() {
        #expect(Topology.ingress.queues == [Topology.Queue(name: "application.ingress", arguments: Self.arguments)])
        let keys = Dictionary(grouping: Topology.ingress.bindings, by: \.exchange).mapValues { Set($0.map(\.key)) }
        #expect(
            keys == [
                Exchange.waiting: [
                    "create_volunteer_application", "update_volunteer_application", "cancel_volunteer_application",
                    "volunteer_response", "volunteer_waiting", "waiting_list_record",
                ],
                Exchange.spotUpdates: ["notify_free_spot", "spot_status"],
            ])
    }

    @Test func `the notifications channel drops the oldest messages`() {
        #expect(
            Topology.notificationsChannel
                == Topology(
                    exchanges: [Topology.Exchange(name: "notifications")],
                    queues: [
                        Topology.Queue(
                            name: "notifications",
                            arguments: ["x-queue-type": .string("quorum"), "x-overflow": .string("drop-head")])
                    ],
                    bindings: [Topology.Binding(queue: "notifications", exchange: "notifications", key: "#")]))
    }

    @Test(arguments: [
        (ServiceName.application, ["application.p00", "application.p01", "application.ingress"]),
        (.waitlist, ["waitlist.p00", "waitlist.p01"]),
        (.notifier, ["notifier.p00", "notifier.p01", "notifications"]),
    ])
    func `a service declares the exchanges and its own queues, once`(service: ServiceName, queues: [String]) {
        let topology = Topology.of(service, partitions: 2)
        #expect(topology.queues.map(\.name) == queues)
        #expect(Set(topology.bindings).count == topology.bindings.count)
        #expect(Set(topology.exchanges.map(\.name)).count == topology.exchanges.count)
        #expect(Set(topology.bindings.map(\.queue)) == Set(queues))
        #expect(Set(topology.bindings.map(\.exchange)).isSubset(of: topology.exchanges.map(\.name)))
        #expect(topology.merging(topology) == topology)
        #expect(Topology.of(service, partitions: 0) == Topology.of(service, partitions: 1))
    }

    @Test func `the services together declare every queue and exchange, no queue twice`() {
        let all = ServiceName.allCases.map { Topology.of($0, partitions: 3) }.reduce(Topology()) { $0.merging($1) }
        #expect(Set(all.queues.map(\.name)).count == all.queues.count)
        #expect(all.queues.count == 11)
        #expect(Set(all.exchanges) == Set(Topology.allExchanges.exchanges))
    }

    @Test func `owner and request queues are deleted with their owner's connection`() {
        let address = Address(service: .application, partition: Partition(number: 0))
        for queue in Topology.ownerQueue(address).queues + Topology.requestQueue(address).queues {
            #expect(queue.exclusive && !queue.durable)
        }
        #expect(Topology.ownerQueue(address).queues.map(\.name) == ["application.p00.owner"])
        #expect(Topology.requestQueue(address).queues.map(\.name) == ["application.p00.requests"])
        let process = Topology.processQueue(.waitlist, process: "waitlist-2").queues
        #expect(process.map(\.name) == ["waitlist.process.waitlist-2"])
        #expect(process.allSatisfy { $0.exclusive && !$0.durable && $0.arguments["x-overflow"] != nil })
    }

    @Test func `the queue that says that a partition has had a file outlives its owner, and receives nothing`() {
        let topology = Topology.fileQueue(Address(service: .application, partition: Partition(number: 0)))
        let arguments: [String: Topology.Argument] = ["x-queue-type": .string("quorum")]
        #expect(topology == Topology(queues: [.init(name: "application.p00.file", arguments: arguments)]))
    }
}

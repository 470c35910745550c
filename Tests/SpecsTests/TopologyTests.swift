import Contracts
import Testing

/// The AsyncAPI document declares the same exchanges and queues as the code, and every message has a queue.
@Suite struct `AsyncAPI and the broker` {
    private let document: AsyncAPI

    init() throws { document = try AsyncAPI.served.get() }

    /// The declarations of all services.
    private func declared(partitions: Int) -> Topology {
        ServiceName.allCases.reduce(Topology.allExchanges) { topology, service in
            let topology = topology.merging(.processQueue(service, process: "{process}"))
            return (0..<partitions).map { Address(service: service, partition: Partition(number: $0)) }
                .reduce(topology.merging(.of(service, partitions: partitions))) {
                    $0.merging(.ownerQueue($1)).merging(.fileQueue($1)).merging(.requestQueue($1))
                }
        }
    }

    @Test(arguments: [1, 2, 16, 101])
    func `exchanges, queues, arguments and binding keys are exactly those of the code`(
        partitions: Int
    ) {
        let (ours, theirs) = (declared(partitions: partitions), document.topology(partitions: partitions))
        #expect(Set(theirs.exchanges) == Set(ours.exchanges))
        #expect(Set(theirs.queues).subtracting(ours.queues) == [], "only in the document")
        #expect(Set(ours.queues).subtracting(theirs.queues) == [], "only in the code")
        #expect(Set(theirs.bindings).subtracting(ours.bindings) == [], "only in the document")
        #expect(Set(ours.bindings).subtracting(theirs.bindings) == [], "only in the code")
        #expect(theirs.queues.count == ours.queues.count)
        #expect(theirs.bindings.count == ours.bindings.count)
    }

    @Test func `a channel is an exchange or a queue, and a queue is named after its channel`() {
        for channel in document.channels {
            let amqp = channel.amqp
            #expect(amqp["bindingVersion"] == .string("0.3.0"), "\(channel.key)")
            #expect((amqp["exchange"] != nil) == !channel.isQueue, "\(channel.key)")
            #expect((amqp["queue"] != nil) == channel.isQueue, "\(channel.key)")
            #expect((amqp["x-binding-keys"] != nil) == channel.isQueue, "\(channel.key)")
            #expect((amqp["x-arguments"] != nil) == channel.isQueue, "\(channel.key)")
            if channel.isQueue { #expect(amqp["queue"]?["name"]?.string == channel.address, "\(channel.key)") }
        }
    }

    @Test func `the parameters in an address are the described ones`() {
        for channel in document.channels {
            let named = (channel.address ?? "").matches(of: /\{(\w+)\}/).map { String($0.1) }
            #expect(Set(named) == Set(channel.parameters.keys), "\(channel.key)")
        }
        let services = document.channels.compactMap { $0.parameters["service"] ?? nil }
        #expect(!services.isEmpty)
        for values in services { #expect(values == ServiceName.allCases.map(\.rawValue)) }
    }

    @Test func `the pattern of a partition matches only names of partitions`() throws {
        let parameter = document.root["components"]?["parameters"]?["partition"]
        let pattern = try Regex(try #require(parameter?["x-pattern"]?.string))
        let names = (0...1000).map { Partition(number: $0).name }
        let others = ["p", "p0", "p7", "p007", "p099", "00", "P00", "p-1", "p1x", "p00.owner", ""]
        for name in names + others {
            #expect((try pattern.wholeMatch(in: name) != nil) == (Partition(name: name) != nil), "\(name)")
        }
        for name in (parameter?["examples"]?.strings ?? []) { #expect(Partition(name: name) != nil) }
    }

    @Test func `if the action is a parameter, its values are the channel's messages`() {
        let channels = document.channels.filter { $0.parameters["action"] != nil }
        #expect(channels.count == 3)
        for channel in channels {
            #expect(Set((channel.parameters["action"] ?? nil) ?? []) == Set(channel.messages.keys), "\(channel.key)")
        }
    }

    @Test func `routing keys between services match those of the code`() throws {
        for operation in document.operations where operation.isSending {
            let channel = try #require(document.channel(operation.channel))
            guard !channel.isQueue, channel.parameters["partition"] != nil else { continue }
            for filling in channel.fillings(partitions: 3) {
                let key = AsyncAPI.fill(channel.address ?? "", filling)
                let words = key.split(separator: ".", maxSplits: 1).map(String.init)
                let action = try #require(words.first.flatMap(Action.init))
                let address = try #require(words.last.flatMap(Address.init(parsing:)))
                #expect(address.routingKey(for: action) == key)
                #expect(channel.messages[action.rawValue] != nil, "\(key)")
            }
        }
    }

    @Test func `a sent message arrives at exactly one queue that declares it, and queues declare no other messages`()
        throws
    {
        let partitions = 2
        let bindings = document.topology(partitions: partitions).bindings
        /// Keyed by queue.
        var arriving: [String: Set<AsyncAPI.MessageKey>] = [:]
        for operation in document.operations where operation.isSending {
            let channel = try #require(document.channel(operation.channel))
            // The broker routes replies by itself.
            guard channel.address != nil else { continue }
            for (name, message) in channel.messages where operation.messages.contains(message) {
                for filling in channel.fillings(partitions: partitions) where filling["action"] ?? name == name {
                    let key = AsyncAPI.fill(channel.address ?? "", filling)
                    let queues =
                        channel.isQueue
                        ? [key]
                        : bindings.filter { $0.exchange == channel.exchange && topic($0.key, matches: key) }.map(
                            \.queue)
                    #expect(Set(queues).count == 1, "\(operation.key) of \(key) arrives at \(queues)")
                    for queue in queues { arriving[queue, default: []].insert(message) }
                }
            }
        }
        for channel in document.channels where channel.isQueue && channel.address != nil {
            for filling in channel.fillings(partitions: partitions) {
                let queue = AsyncAPI.fill(channel.address ?? "", filling)
                #expect(arriving.removeValue(forKey: queue) ?? [] == Set(channel.messages.values), "\(queue)")
            }
        }
        #expect(arriving == [:])
    }

    @Test func `the binding keys and messages of the watcher channel match the contract`() throws {
        let watcher = try #require(document.channel("watcher"))
        let keys = (watcher.amqp["x-binding-keys"]?.object ?? [:]).mapValues(\.strings)
        #expect(
            keys == [
                Exchange.waiting: ["volunteer_waiting.#"],
                Exchange.spotUpdates: ["notify_free_spot.#", "spot_status.#"],
                Exchange.notifications: ["#"],
            ])
        #expect(watcher.amqp["x-arguments"]?["x-overflow"] == .string("drop-head"))
        let expected: Set<AsyncAPI.MessageKey> = Set(
            [Action.waiting, .notifyFreeSpot, .spotStatus].flatMap { [$0.rawValue, "\($0.rawValue).streamed"] }
                + [Action.notification.rawValue])
        #expect(Set(watcher.messages.values) == expected)
    }

    /// The broker's matching: `*` is one word, `#` any number of words.
    private func topic(_ pattern: String, matches key: String) -> Bool {
        func matches(_ pattern: ArraySlice<Substring>, _ words: ArraySlice<Substring>) -> Bool {
            guard let first = pattern.first else { return words.isEmpty }
            if first == "#" {
                return matches(pattern.dropFirst(), words) || !words.isEmpty && matches(pattern, words.dropFirst())
            }
            guard let word = words.first, first == "*" || first == word else { return false }
            return matches(pattern.dropFirst(), words.dropFirst())
        }
        return matches(pattern.split(separator: ".")[...], key.split(separator: ".")[...])
    }
}

import Contracts
import NotifierDomain
import TestSupport
import Testing

/// Which delivery is sent next: no host waits for another (contract section 6).
@Suite struct DeliverySchedulerTests {
    /// A delivery, as `host` and a number.
    private struct Item: Hashable {
        let host: String
        let number: Int
    }

    /// Files full of deliveries, and receivers that answer or hang.
    private struct World {
        var scheduler = DeliveryScheduler<Item>()
        var pending: [DeliverySource: [Item]] = [:]
        var inFlight: [Item] = []
        var answered: [Item] = []
        let hanging: Set<String>
        /// The most attempts in flight to one host, and in all, at any time.
        var mostPerHost = 0
        var most = 0

        init(hosts: Int, each: Int, hanging: Int, partitions: Int = 1) {
            self.hanging = Set((0..<hanging).map { "host\($0)" })
            for host in (0..<hosts).map({ "host\($0)" }) {
                for number in 0..<partitions {
                    let source = DeliverySource(host: host, partition: Partition(number: number))
                    pending[source] = (0..<each).map { Item(host: host, number: number * 1_000_000 + $0) }
                    scheduler.note(source, due: .testStart)
                }
            }
        }

        /// Reads the pages that are asked for, sends what may be sent, and lets every receiver that does not hang
        /// answer.
        mutating func round() {
            for (source, limit) in scheduler.sourcesToLoad(at: .testStart) {
                let page = Array(pending[source, default: []].prefix(limit))
                pending[source]?.removeFirst(page.count)
                let hasMore = pending[source]?.isEmpty == false
                scheduler.loaded(source, page, next: hasMore ? .testStart : nil)
            }
            while let item = scheduler.take() { inFlight.append(item) }
            most = max(most, inFlight.count)
            for (_, items) in Dictionary(grouping: inFlight, by: \.host) { mostPerHost = max(mostPerHost, items.count) }
            let done = inFlight.filter { !hanging.contains($0.host) }
            inFlight.removeAll { !hanging.contains($0.host) }
            for item in done {
                scheduler.finished(item.host, hasAnswered: true)
                scheduler.settled()
            }
            answered += done
        }

        /// The receivers that hang run into the timeout.
        mutating func timeOut() {
            for item in inFlight {
                scheduler.finished(item.host, hasAnswered: false)
                scheduler.settled()
            }
            inFlight = []
        }
    }

    @Test func `ten hosts that hang keep nothing from ninety others`() {
        var world = World(hosts: 100, each: 100, hanging: 10)
        var rounds = 0
        while world.answered.count < 9_000, rounds < 1_000 {
            world.round()
            rounds += 1
        }
        #expect(world.answered.count == 9_000)
        #expect(Set(world.answered).count == 9_000)
        // Each round is as long as the slowest answer: 25 rounds of four, and one for each page.
        #expect(rounds < 40)
        #expect(world.mostPerHost == 4)
        #expect(world.inFlight.count == 40)
    }

    @Test func `a host that does not answer has one attempt in flight until it answers`() {
        var world = World(hosts: 1, each: 20, hanging: 1)
        world.round()
        #expect(world.inFlight.count == 4)
        world.timeOut()
        world.round()
        #expect(world.inFlight.count == 1)
        world.scheduler.finished("host0", hasAnswered: true)
        world.scheduler.settled()
        world.inFlight = []
        for _ in 1...2 { world.round() }
        #expect(world.inFlight.count == 4)
    }

    @Test func `thousands of hosts that hang leave places to others after one timeout`() {
        var world = World(hosts: 600, each: 8, hanging: 500)
        var rounds = 0
        while world.answered.count < 800, rounds < 1_000 {
            world.round()
            if rounds.isMultiple(of: 10) { world.timeOut() }
            rounds += 1
        }
        #expect(world.answered.count == 800)
        #expect(world.most <= DeliveryScheduler<Item>.total)
    }

    @Test func `the partitions of a host take turns and share its places`() {
        var world = World(hosts: 1, each: 50, hanging: 0, partitions: 4)
        var rounds = 0
        while world.answered.count < 200, rounds < 1_000 {
            world.round()
            rounds += 1
        }
        #expect(Set(world.answered).count == 200)
        #expect(world.mostPerHost == 4)
        #expect(Set(world.answered.prefix(100).map { $0.number / 1_000_000 }).count > 1)
    }

    @Test func `outcomes that are not committed hold back further attempts`() {
        var scheduler = DeliveryScheduler<Item>()
        let total = DeliveryScheduler<Item>.total
        for number in 0..<total {
            let source = DeliverySource(host: "host\(number)", partition: Partition(number: 0))
            scheduler.note(source, due: .testStart)
        }
        var taken: [Item] = []
        func load() {
            for (source, _) in scheduler.sourcesToLoad(at: .testStart) {
                scheduler.loaded(
                    source, [Item(host: source.host, number: 0), Item(host: source.host, number: 1)], next: nil)
            }
            while let item = scheduler.take() { taken.append(item) }
        }
        for _ in 0..<20 { load() }
        #expect(taken.count == total)
        for item in taken { scheduler.finished(item.host, hasAnswered: true) }
        load()
        #expect(taken.count == total)
        scheduler.settled(10)
        for _ in 0..<20 { load() }
        #expect(taken.count == total + 10)
    }

    @Test func `what is due later waits, and an earlier time counts`() {
        var scheduler = DeliveryScheduler<Item>()
        let source = DeliverySource(host: "a", partition: Partition(number: 0))
        let later = Timestamp.testStart.advanced(by: .seconds(10))
        scheduler.note(source, due: later.advanced(by: .seconds(5)))
        scheduler.note(source, due: later)
        scheduler.note(source, due: later.advanced(by: .seconds(1)))
        #expect(scheduler.nextDue == later)
        #expect(scheduler.sourcesToLoad(at: .testStart).isEmpty)
        #expect(scheduler.sourcesToLoad(at: later).map(\.source) == [source])
        scheduler.loaded(source, [], next: nil)
        #expect(scheduler.nextDue == nil)
        #expect(scheduler.take() == nil)
    }
}

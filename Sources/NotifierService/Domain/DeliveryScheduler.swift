package import Contracts
import DequeModule
import HeapModule

/// Decides which delivery is sent next. Deliveries wait in files; of each ``DeliverySource`` it knows when the next is
/// due, and it asks for a page of them when the host can take some.
///
/// A host has at most ``perHost`` attempts in flight, or one if the last got no answer. So hosts that hang take few of
/// the ``total`` attempts in flight, and little memory.
package struct DeliveryScheduler<Item: Sendable>: Sendable {
    /// Attempts in flight to one host (contract section 6).
    package static var perHost: Int { 4 }
    /// Deliveries that are being sent, or whose outcome is not committed yet.
    package static var total: Int { 1_024 }
    /// The size of a page, which grows while a host takes all of it.
    private static var pages: ClosedRange<Int> { 4...128 }
    /// Deliveries in memory; while there are more, all pages are small.
    private static var waitingLimit: Int { 2_048 }
    /// Hosts that do not answer are remembered; above this number all are forgotten.
    private static var silentLimit: Int { 4_096 }

    private struct Host {
        var inFlight = 0
        var isReady = false
        var page = DeliveryScheduler.pages.lowerBound
        /// Deliveries in memory.
        var waiting: Deque<Item> = []
        /// Sources with due deliveries, while the host can take no more.
        var parked: [DeliverySource] = []

        var isIdle: Bool { inFlight == 0 && waiting.isEmpty && parked.isEmpty }
    }

    private struct Due: Comparable {
        let time: Timestamp
        let source: DeliverySource

        static func < (a: Due, b: Due) -> Bool { a.time < b.time }
    }

    private var hosts: [String: Host] = [:]
    private var silent: Set<String> = []
    /// When the next delivery of each source is due.
    private var next: [DeliverySource: Timestamp] = [:]
    /// The same in order, with entries that no longer hold.
    private var due = Heap<Due>()
    /// Hosts that have deliveries in memory and can take one, in turn.
    private var ready: Deque<String> = []
    private var outstanding = 0
    private var waiting = 0

    package init() {}

    // MARK: - What is in the files

    /// A delivery is due at this time.
    package mutating func note(_ source: DeliverySource, due time: Timestamp) {
        if let known = next[source], known <= time { return }
        next[source] = time
        due.insert(Due(time: time, source: source))
    }

    /// Sources of which a page is to be read now, each with the size of the page. ``loaded(_:_:next:)`` must follow for
    /// each.
    package mutating func sourcesToLoad(at now: Timestamp) -> [(source: DeliverySource, limit: Int)] {
        var sources: [(source: DeliverySource, limit: Int)] = []
        var room = Self.total - outstanding
        var planned = waiting
        while room > 0, let first = due.min, first.time <= now {
            due.removeMin()
            guard next[first.source] == first.time else { continue }
            next[first.source] = nil
            var host = hosts[first.source.host] ?? Host()
            if host.waiting.isEmpty, hasPlace(host, first.source.host) {
                let page = max(min(host.page, Self.waitingLimit - planned), Self.pages.lowerBound)
                room -= Self.perHost
                planned += page
                sources.append((first.source, page))
            } else {
                host.parked.append(first.source)
            }
            hosts[first.source.host] = host
        }
        return sources
    }

    /// A page was read.
    /// - Parameters:
    ///   - items: the first due ones, in order.
    ///   - time: when the one after them is due; nil if there is none.
    package mutating func loaded(_ source: DeliverySource, _ items: [Item], next time: Timestamp?) {
        if let time { note(source, due: time) }
        var host = hosts[source.host] ?? Host()
        if items.count >= host.page { host.page = min(host.page * 2, Self.pages.upperBound) }
        host.waiting.append(contentsOf: items)
        waiting += items.count
        update(source.host, host)
    }

    /// When something is due that was not asked for yet; nil if nothing is.
    package var nextDue: Timestamp? {
        mutating get {
            while let first = due.min {
                if next[first.source] == first.time { return first.time }
                due.removeMin()
            }
            return nil
        }
    }

    // MARK: - What is in flight

    /// The delivery to send now; nil if all wait. ``finished(_:hasAnswered:)`` must follow, and then ``settled()``.
    package mutating func take() -> Item? {
        while outstanding < Self.total, let name = ready.popFirst() {
            guard var host = hosts[name] else { continue }
            host.isReady = false
            // It may have fallen silent since it got its turn.
            let item = hasPlace(host, name) ? host.waiting.popFirst() : nil
            if item != nil {
                host.inFlight += 1
                outstanding += 1
                waiting -= 1
            }
            update(name, host)
            if let item { return item }
        }
        return nil
    }

    /// An attempt has ended.
    package mutating func finished(_ name: String, hasAnswered: Bool) {
        guard var host = hosts[name] else { return }
        host.inFlight -= 1
        if hasAnswered {
            silent.remove(name)
        } else {
            if silent.count >= Self.silentLimit { silent.removeAll() }
            silent.insert(name)
            host.page = Self.pages.lowerBound
        }
        update(name, host)
    }

    /// The outcome of an attempt is committed.
    package mutating func settled(_ count: Int = 1) { outstanding -= count }

    private func hasPlace(_ host: Host, _ name: String) -> Bool {
        host.inFlight < (silent.contains(name) ? 1 : Self.perHost)
    }

    /// Stores a host that has changed: it gets its turn if it can take a delivery, and asks for more if it has none.
    private mutating func update(_ name: String, _ changed: Host) {
        var host = changed
        if hasPlace(host, name) {
            if host.waiting.isEmpty {
                for source in host.parked { note(source, due: .earliest) }
                host.parked = []
            } else if !host.isReady {
                host.isReady = true
                ready.append(name)
            }
        }
        hosts[name] = host.isIdle ? nil : host
    }
}

package import Webhooks

/// Remembers the addresses of names for a while, so that a burst of requests or deliveries to one host asks for them
/// once. Names without addresses are not remembered.
package actor ResolutionCache: AddressResolver {
    private struct Entry {
        let addresses: [IPAddress]
        let time: ContinuousClock.Instant
    }

    private let resolver: any AddressResolver
    private let lifetime: Duration
    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private var entries: [String: Entry] = [:]

    /// - Parameters:
    ///   - lifetime: after it a name is looked up again.
    ///   - capacity: how many names are remembered.
    package init(
        _ resolver: any AddressResolver = SystemResolver(), lifetime: Duration = .seconds(30), capacity: Int = 1_024,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.resolver = resolver
        self.lifetime = lifetime
        self.capacity = capacity
        self.now = now
    }

    package func addresses(of name: String) async -> [IPAddress] {
        let time = now()
        if let entry = entries[name], entry.time.duration(to: time) <= lifetime { return entry.addresses }
        let addresses = await resolver.addresses(of: name)
        guard !addresses.isEmpty else {
            entries[name] = nil
            return []
        }
        if entries.count >= capacity { makeRoom(at: time) }
        // As old as the question: the answer may have been true only then.
        entries[name] = Entry(addresses: addresses, time: time)
        return addresses
    }

    private func makeRoom(at time: ContinuousClock.Instant) {
        entries = entries.filter { $0.value.time.duration(to: time) <= lifetime }
        guard entries.count >= capacity, let oldest = entries.min(by: { $0.value.time < $1.value.time }) else { return }
        entries[oldest.key] = nil
    }
}

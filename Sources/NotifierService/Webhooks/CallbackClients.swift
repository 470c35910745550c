import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization
import Webhooks

/// The HTTP clients of callbacks. A client connects to an address that was checked, and to no other: a host's name is
/// never resolved again. Connections are kept only between the deliveries of a burst.
final class CallbackClients: Sendable {
    private struct Key: Hashable {
        let host: CallbackURL.Host
        let address: IPAddress
    }

    private struct Entry {
        let client: HTTPClient
        var users = 0
        var lastUse: ContinuousClock.Instant
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var isShutDown = false
    }

    /// There were deliveries left when the sender was shut down.
    struct ShutDown: Error {}

    private let capacity: Int
    private let limits: HTTPWebhookSender.Limits
    private let tls: TLSConfiguration
    private let state = Mutex(State())

    /// After it a client is closed, when another one is needed.
    private static let idleTime = Duration.seconds(60)
    /// - Parameter trustRoots: who signs the receivers' certificates.
    init(_ limits: HTTPWebhookSender.Limits, trustRoots: NIOSSLTrustRoots, capacity: Int = 256) {
        self.limits = limits
        self.capacity = capacity
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = trustRoots
        self.tls = tls
    }

    func withClient<Result>(
        for host: CallbackURL.Host, at address: IPAddress, _ body: (HTTPClient) async throws -> Result
    ) async throws -> Result {
        let key = Key(host: host, address: address)
        let (client, unused) = try take(key)
        for client in unused { await Self.close(client) }
        defer { giveBack(key) }
        return try await body(client)
    }

    /// When nothing is being sent any more.
    func shutdown() async {
        let clients = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        for client in clients { await Self.close(client) }
    }

    /// The number of open clients, for tests.
    var count: Int { state.withLock { $0.entries.count } }

    /// Returns the client, and others that are to be closed.
    private func take(_ key: Key) throws -> (HTTPClient, unused: [HTTPClient]) {
        let now = ContinuousClock.now
        return try state.withLock { state in
            if state.isShutDown { throw ShutDown() }
            if let client = state.entries[key]?.client {
                state.entries[key]?.users += 1
                return (client, [])
            }
            let unused = Self.removeUnused(from: &state.entries, downTo: capacity - 1, at: now)
            let client = HTTPClient(configuration: configuration(key))
            state.entries[key] = Entry(client: client, users: 1, lastUse: now)
            return (client, unused)
        }
    }

    private func giveBack(_ key: Key) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.entries[key]?.users -= 1
            state.entries[key]?.lastUse = now
        }
    }

    /// Clients in use stay; the deliveries that are made at once bound their number.
    private static func removeUnused(
        from entries: inout [Key: Entry], downTo count: Int, at now: ContinuousClock.Instant
    ) -> [HTTPClient] {
        let unused = entries.filter { $0.value.users == 0 }.sorted { $0.value.lastUse < $1.value.lastUse }
        var removed: [HTTPClient] = []
        for (key, entry) in unused {
            guard entries.count > count || entry.lastUse.duration(to: now) > idleTime else { break }
            entries[key] = nil
            removed.append(entry.client)
        }
        return removed
    }

    private func configuration(_ key: Key) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        // Certificates and the field Host are still the name's.
        if case .name(let name) = key.host { configuration.dnsOverride = [name: key.address.description] }
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = TimeAmount(limits.connect)
        configuration.connectionPool.idleTimeout = TimeAmount(limits.idle)
        // The schedule of retries decides.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private static func close(_ client: HTTPClient) async {
        // It fails only for a client that is closed already.
        try? await client.shutdown()
    }
}

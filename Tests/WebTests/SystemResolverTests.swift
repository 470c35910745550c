import Foundation
import Synchronization
import TestSupport
import Testing
import Webhooks

@testable import Web

@Suite struct SystemResolverTests {
    /// Lookups that wait until the test lets them go on.
    private final class Lookups: Sendable {
        private let started = Mutex<[String]>([])
        private let released = DispatchSemaphore(value: 0)

        var names: [String] { started.withLock { $0 } }

        func lookUp(_ name: String) -> [IPAddress] {
            started.withLock { $0.append(name) }
            if name.hasPrefix("slow") { released.wait() }
            return [IPAddress(parsing: "192.0.2.1")].compactMap(\.self)
        }

        func release(_ count: Int) { for _ in 0..<count { released.signal() } }
    }

    @Test func `this machine's name and addresses are found, others are not`() async throws {
        let resolver = SystemResolver(limit: testTimeout)
        #expect(await resolver.addresses(of: "localhost").contains { ["127.0.0.1", "::1"].contains("\($0)") })
        #expect(await resolver.addresses(of: "127.0.0.9").map(\.description) == ["127.0.0.9"])
        #expect(await resolver.addresses(of: "::7").map(\.description) == ["::7"])
        #expect(await resolver.addresses(of: "name.invalid").isEmpty)
    }

    @Test func `a name whose servers do not answer has no address after the limit`() async throws {
        let lookups = Lookups()
        let resolver = SystemResolver(limit: .milliseconds(1), maxThreads: 1, lookUp: lookups.lookUp)
        #expect(await resolver.addresses(of: "slow.example").isEmpty)
        // Nor has one for which no thread is free in time.
        #expect(await resolver.addresses(of: "next.example").isEmpty)
        lookups.release(1)
        try await eventually("a thread is free again") {
            await resolver.addresses(of: "later.example").first?.description == "192.0.2.1"
        }
        #expect(!lookups.names.contains("next.example"), "nobody waits for it any more")
    }

    @Test func `one that hangs does not delay another, and a name that many ask for is looked up once`() async throws {
        let lookups = Lookups()
        let resolver = SystemResolver(limit: testTimeout, maxThreads: 2, lookUp: lookups.lookUp)
        await withTaskGroup(of: Int.self) { group in
            for _ in 0..<5 { group.addTask { await resolver.addresses(of: "slow.example").count } }
            try? await eventually("all wait") { resolver.waiterCount(of: "slow.example") == 5 }
            #expect(await resolver.addresses(of: "quick.example").count == 1)
            #expect(lookups.names.filter { $0 == "slow.example" }.count == 1)
            lookups.release(1)
            for await count in group { #expect(count == 1) }
        }
    }

    @Test func `a cancelled task stops waiting`() async throws {
        let lookups = Lookups()
        let resolver = SystemResolver(limit: testTimeout, maxThreads: 1, lookUp: lookups.lookUp)
        await withTaskGroup(of: [IPAddress].self) { group in
            group.addTask { await resolver.addresses(of: "slow.example") }
            try? await eventually("it waits") { resolver.waiterCount(of: "slow.example") == 1 }
            group.cancelAll()
            #expect(await group.next()?.isEmpty == true)
        }
        lookups.release(1)
    }
}

import Foundation
import HTTPTypes
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct KeySourceTests {
    /// The key set that the issuer serves; nil while it cannot be reached.
    private final class PublishedKeySet: Sendable {
        private let stored = Mutex<KeySet?>(nil)

        var keys: KeySet? {
            get { stored.withLock { $0 } }
            set { stored.withLock { $0 = newValue } }
        }
    }

    private let clock = TestClock(ContinuousClock.now)
    private let loads = EventCounter()
    private let published = PublishedKeySet()

    private func source() -> KeySource {
        KeySource(
            now: { [clock] in clock.now }, logger: .quiet,
            load: { [loads, published] in
                loads.increment()
                guard let keys = published.keys else { throw KeySet.Unusable(description: "unreachable") }
                return keys
            })
    }

    private func keys(_ names: String...) throws -> KeySet {
        KeySet(try names.flatMap { try KeySet(json: Issuer.keySet((.es256, ["kid": $0]))).keys })
    }

    private func token(_ name: String) throws -> SignedToken {
        try #require(SignedToken(Issuer.es256.token(header: ["kid": name])))
    }

    @Test func `keys are loaded when they are first needed, and kept`() async throws {
        published.keys = try keys("a")
        let source = source()
        #expect(loads.count == 0)
        for _ in 0..<3 { #expect(try await source.key(for: token("a")) != nil) }
        #expect(loads.count == 1)
    }

    @Test func `without keys requests fail, and loading is retried every ten seconds`() async throws {
        let source = source()
        for (elapsed, count) in [(0, 1), (1, 1), (8, 1), (1, 2), (9, 2)] {
            clock.now += .seconds(elapsed)
            let problem = await #expect(throws: Problem.self) { try await source.key(for: token("a")) }
            #expect(problem?.code == .unavailable && problem?.headers[.retryAfter] == "10")
            #expect(loads.count == count)
        }
        published.keys = try keys("a")
        clock.now += .seconds(1)
        #expect(try await source.key(for: token("a")) != nil)
    }

    @Test func `an unknown key id causes a reload, at most every ten seconds`() async throws {
        published.keys = try keys("a")
        let source = source()
        #expect(try await source.key(for: token("a")) != nil)
        published.keys = try keys("a", "b")
        #expect(try await source.key(for: token("b")) == nil)
        clock.now += .seconds(10)
        #expect(try await source.key(for: token("b")) != nil)
        for name in ["c", "d", "e"] { #expect(try await source.key(for: token(name)) == nil) }
        #expect(loads.count == 2)
    }

    @Test func `a withdrawn key is accepted for at most five minutes`() async throws {
        published.keys = try keys("a")
        let source = source()
        #expect(try await source.key(for: token("a")) != nil)
        published.keys = try keys("b")
        clock.now += .seconds(299)
        #expect(try await source.key(for: token("a")) != nil)
        clock.now += .seconds(1)
        #expect(try await source.key(for: token("a")) == nil)
    }

    @Test func `when a later load fails, the keys are kept`() async throws {
        published.keys = try keys("a")
        let source = source()
        #expect(try await source.key(for: token("a")) != nil)
        published.keys = nil
        for _ in 0..<3 {
            clock.now += .seconds(300)
            #expect(try await source.key(for: token("a")) != nil)
        }
        #expect(loads.count == 4)
    }

    @Test func `concurrent requests share one load`() async throws {
        let (pause, resume) = AsyncStream.makeStream(of: Void.self)
        let keys = try keys("a")
        let source = KeySource(logger: .quiet) { [loads] in
            loads.increment()
            for await _ in pause {}
            return keys
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { try await source.key(for: token("a")) != nil } }
            try await eventually("nineteen wait for the load of the twentieth") { await source.waiterCount == 19 }
            resume.finish()
            for try await hasKey in group { #expect(hasKey) }
        }
        #expect(loads.count == 1)
    }
}

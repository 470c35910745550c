import Synchronization
import TestSupport
import Testing
import Webhooks

@testable import Web

@Suite struct CallbackGuardTests {
    /// Answers a name with what it was told, in order; the last answer is repeated.
    private final class Names: AddressResolver {
        private let answers: Mutex<[String: [[String]]]>

        init(_ answers: [String: [[String]]]) { self.answers = Mutex(answers) }

        func addresses(of name: String) async -> [IPAddress] {
            let answer = answers.withLock { answers in
                guard let known = answers[name], let first = known.first else { return [] as [String] }
                if known.count > 1 { answers[name]?.removeFirst() }
                return first
            }
            return answer.compactMap(IPAddress.init(parsing:))
        }
    }

    private func fault(_ text: String, _ checker: CallbackGuard) async -> CallbackURL.Fault? {
        do throws(CallbackURL.Fault) {
            _ = try await checker.check(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `all addresses of a name must be public, and refused and unknown names look the same`() async {
        let checker = CallbackGuard(
            rules: AddressRules(),
            resolver: Names([
                "good.example": [["93.184.216.34", "2606:4700::1111"]], "bad.example": [["10.0.0.1"]],
                "mixed.example": [["93.184.216.34", "127.0.0.1"]], "six.example": [["93.184.216.34", "fd00::1"]],
                "mapped.example": [["::ffff:10.0.0.1"]],
            ]))
        #expect(await fault("https://good.example/", checker) == nil)
        #expect(await fault("https://8.8.8.8/", checker) == nil)
        for name in ["bad.example", "mixed.example", "six.example", "mapped.example", "unknown.example", "127.0.0.1"] {
            #expect(await fault("https://\(name)/", checker) == .refusedHost, "\(name)")
        }
        #expect(await fault("https://good.example:8443/", checker) == .schemeOrPort)
    }

    @Test func `a name is checked again when a connection is made`() async throws {
        let checker = CallbackGuard(
            rules: AddressRules(), resolver: Names(["moves.example": [["93.184.216.34"], ["127.0.0.1"]]]))
        let url = try await checker.check("https://moves.example/")
        await #expect(throws: CallbackURL.Fault.refusedHost) { try await checker.addresses(of: url) }
    }

    @Test func `a name is asked for again after half a minute, and at once if it had no address`() async throws {
        let clock = TestClock(ContinuousClock.now)
        let cache = ResolutionCache(
            Names(["a.example": [["8.8.8.8"], ["9.9.9.9"]], "b.example": [[], ["1.1.1.1"]]]), capacity: 2,
            now: { clock.now })
        func address(_ name: String) async -> String? { await cache.addresses(of: name).first?.description }
        #expect(await address("a.example") == "8.8.8.8")
        clock.advance(.seconds(30))
        #expect(await address("a.example") == "8.8.8.8")
        clock.advance(.milliseconds(1))
        #expect(await address("a.example") == "9.9.9.9")
        #expect(await address("b.example") == nil)
        #expect(await address("b.example") == "1.1.1.1")
    }

    @Test func `the cache forgets the oldest name when it is full`() async throws {
        let clock = TestClock(ContinuousClock.now)
        let names = (0..<4).map { "\($0).example" }
        let cache = ResolutionCache(
            Names(Dictionary(uniqueKeysWithValues: names.map { ($0, [["1.1.1.1"], ["2.2.2.2"]]) })), capacity: 3,
            now: { clock.now })
        for name in names {
            #expect(await cache.addresses(of: name).first?.description == "1.1.1.1")
            clock.advance(.seconds(1))
        }
        #expect(await cache.addresses(of: names[3]).first?.description == "1.1.1.1")
        #expect(await cache.addresses(of: names[0]).first?.description == "2.2.2.2", "it was forgotten")
    }
}

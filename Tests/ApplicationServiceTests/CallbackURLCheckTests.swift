import Contracts
import Crypto
import HTTPTypes
import ServiceKit
import Testing
import Web
import Webhooks

@testable import ApplicationService

/// Which URLs are refused when they are given, and what callers are told.
@Suite struct CallbackURLCheckTests {
    private struct Resolver: AddressResolver {
        static let names = ["good.example.org": ["93.184.216.34"], "mixed.example.org": ["93.184.216.34", "10.0.0.1"]]

        func addresses(of name: String) async -> [IPAddress] {
            (Self.names[name] ?? []).compactMap(IPAddress.init(parsing:))
        }
    }

    private static func check(masterKey: Bool = true) -> CallbackURLCheck {
        CallbackURLCheck(
            WebhookPolicy(masterKey: masterKey ? SymmetricKey(size: .bits256) : nil), resolver: Resolver())
    }

    @Test(arguments: [
        "https://good.example.org/hook", "https://good.example.org:443/?a=b", "https://93.184.216.34/",
    ])
    func `a public address is accepted`(_ url: String) async throws {
        try await Self.check().check(url, at: "/callback/url")
    }

    @Test(arguments: [
        "http://good.example.org/", "https://good.example.org:8443/", "https://127.0.0.1/", "https://0x7f.1/",
        "https://mixed.example.org/", "https://unknown.example.org/", "https://localhost/", "ftp://good.example.org/",
        "https://user@good.example.org/", "https://good.example.org/#x", "/path", "nothing",
    ])
    func `others are refused with a pointer`(_ url: String) async throws {
        let problem = try #require(await Self.problem(of: url))
        #expect(problem.code == .callbackURLRefused && problem.code.status.code == 422)
        #expect(problem.errors.map(\.pointer) == ["/callback/url"])
        #expect(!problem.detail.contains(url))
    }

    @Test func `a name that is unknown and one that is refused look the same`() async throws {
        let problems = [
            await Self.problem(of: "https://unknown.example.org/"),
            await Self.problem(of: "https://mixed.example.org/"), await Self.problem(of: "https://10.0.0.1/"),
        ]
        #expect(Set(problems.compactMap { $0 }).count == 1)
    }

    @Test func `without the master key there are no callbacks`() async throws {
        let problem = await Self.problem(of: "https://good.example.org/", Self.check(masterKey: false))
        #expect(problem?.code == .unsupportedCallback)
        #expect(throws: Problem.self) { try Self.check(masterKey: false).requireSupport() }
    }

    private static func problem(of url: String, _ check: CallbackURLCheck = check()) async -> Problem? {
        do throws(Problem) {
            try await check.check(url, at: "/callback/url")
            return nil
        } catch {
            return error
        }
    }
}

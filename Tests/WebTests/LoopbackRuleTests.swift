import HTTPTypes
import Hummingbird
import Testing

@testable import Web

@Suite struct LoopbackRuleTests {
    @Test(arguments: ["localhost", "LocalHost", "127.0.0.1", "127.255.0.3", "::1", "[::1]"])
    func `a loopback host is covered`(host: String) {
        #expect(LoopbackRule.covers(host: host))
    }

    @Test(arguments: [
        "", "0.0.0.0", "::", "192.168.0.1", "128.0.0.1", "127.0.0", "127.0.0.1.1", "127.0.0.256", "127.0.0.-0",
        "127.0.0.+1", "127.0.0.", "127.1", "2130706433", "localhost.evil.example", "127.0.0.1.evil.example",
        "evil-localhost", "::2", "::ffff:8.8.8.8", "localhost ", "127.0.0.１",
    ])
    func `any other host is not`(host: String) {
        #expect(!LoopbackRule.covers(host: host))
    }

    @Test(arguments: [
        "localhost", "localhost:8080", "localhost:", "LOCALHOST:1", "127.0.0.1:65535", "127.9.9.9", "[::1]",
        "[::1]:8080",
    ])
    func `a request for a loopback host is accepted`(authority: String) throws {
        try LoopbackRule.check(request(authority: authority))
    }

    @Test(arguments: [
        nil, "", "evil.example", "evil.example:8080", "localhost:99999", "localhost:80a", "localhost:8080:1", "::1",
        "::1:8080", "[::1", "[::1]x", "[::1]:x", "localhost@evil.example", "evil@localhost", "localhost,evil", ":8080",
        "localhost:+80",
    ])
    func `any other request is misdirected`(authority: String?) {
        let problem = #expect(throws: Problem.self) { try LoopbackRule.check(request(authority: authority)) }
        #expect(problem?.code == .misdirectedRequest)
    }

    @Test func `a second Host is misdirected`() {
        let twice = request(authority: "localhost", [.host: "localhost"])
        #expect(#expect(throws: Problem.self) { try LoopbackRule.check(twice) }?.code == .misdirectedRequest)
    }

    @Test func `the loopback rule refuses other hosts`() async throws {
        let middleware = LoopbackMiddleware<TestContext>()
        let response = try await middleware.handle(request(), context: TestContext()) { _, _ in Response(status: .ok) }
        #expect(response.status == .ok)
        let problem = await #expect(throws: Problem.self) {
            try await middleware.handle(request(authority: "evil.example"), context: TestContext()) { _, _ in
                Response(status: .ok)
            }
        }
        #expect(problem?.code == .misdirectedRequest)
    }

    @Test(
        arguments: [
            [:], [.origin: "http://localhost:8080"], [.origin: "http://LocalHost:8080", .secFetchSite: "same-origin"],
            [.secFetchSite: "none"],
        ] as [HTTPFields])
    func `the user's own requests and those of the server's own page are accepted`(fields: HTTPFields) throws {
        try LoopbackRule.check(request(authority: "localhost:8080", fields))
    }

    @Test(
        arguments: [
            [.origin: "http://evil.example"], [.origin: "null"], [.origin: "http://localhost:9000"],
            [.origin: "https://localhost:8080"], [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"],
            [.init("Forwarded")!: "for=10.0.0.1"], [.init("X-Forwarded-For")!: "10.0.0.1"],
            [.init("X-Forwarded-Proto")!: "https"], [.via: "1.1 proxy"],
        ] as [HTTPFields])
    func `requests of other pages and of proxies are misdirected`(fields: HTTPFields) {
        let request = request(authority: "localhost:8080", fields)
        #expect(#expect(throws: Problem.self) { try LoopbackRule.check(request) }?.code == .misdirectedRequest)
    }
}

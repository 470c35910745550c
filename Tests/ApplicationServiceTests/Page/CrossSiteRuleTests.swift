import HTTPTypes
import Hummingbird
import Testing
import Web

@testable import ApplicationService

/// Which requests could come from a page of another site (CSRF).
@Suite struct CrossSiteRuleTests {
    private static let site = HTTPField.Name("Sec-Fetch-Site")!
    private static let publicOrigin = PageOrigin(parsing: "https://volunteers.example.org")

    private func admits(
        _ fields: [(HTTPField.Name, String)], _ origin: PageOrigin? = .ofRequest,
        method: HTTPRequest.Method = .post, authority: String? = "127.0.0.1:8080"
    ) throws -> Bool {
        let rule = CrossSiteRule(origin: try #require(origin))
        do {
            try rule.check(.page("/leave", method: method, authority: authority, fields))
            return true
        } catch {
            #expect(error.code == .forbidden)
            return false
        }
    }

    @Test(arguments: [
        ([], false), ([("same-origin")], true), (["none"], true), (["same-site"], false), (["cross-site"], false),
        ([""], false), (["Same-Origin"], false), (["same-origin, none"], false),
        (["same-origin", "cross-site"], false),
        (["same-origin", "same-origin"], false),
    ])
    func `a browser says which site a request comes from`(_ values: [String], _ isAdmitted: Bool) throws {
        #expect(try admits(values.map { (Self.site, $0) }) == isAdmitted)
        // What the browser says counts, whatever the origin.
        let origin = (HTTPField.Name.origin, "http://127.0.0.1:8080")
        #expect(try admits(values.map { (Self.site, $0) } + [origin]) == (isAdmitted || values.isEmpty))
    }

    @Test(arguments: [
        (["http://127.0.0.1:8080"], true), (["HTTP://127.0.0.1:8080"], true), (["https://127.0.0.1:8080"], false),
        (["http://127.0.0.1"], false), (["http://localhost:8080"], false), (["null"], false), ([""], false),
        (["http://127.0.0.1:8080", "http://127.0.0.1:8080"], false), (["https://volunteers.example.org"], false),
        (["http://127.0.0.1:8080.example.org"], false),
    ])
    func `without that, the origin must be our own`(_ origins: [String], _ isAdmitted: Bool) throws {
        #expect(try admits(origins.map { (.origin, $0) }) == isAdmitted)
    }

    @Test func `behind a proxy our own origin is PUBLIC_URL, otherwise https and the request's host`() throws {
        let proxied: [(HTTPField.Name, String)] = [(.origin, "https://volunteers.example.org")]
        #expect(try admits(proxied, Self.publicOrigin))
        #expect(try !admits([(.origin, "http://127.0.0.1:8080")], Self.publicOrigin))
        #expect(try admits(proxied, authority: "volunteers.example.org"))
        #expect(try !admits(proxied, authority: "volunteers.example.org:8443"))
        #expect(try !admits([(.origin, "http://volunteers.example.org")], authority: "volunteers.example.org"))
        #expect(try !admits(proxied, authority: nil))
    }

    @Test func `what changes nothing may come from anywhere`() throws {
        for method in [HTTPRequest.Method.get, .head, .options] {
            #expect(try admits([(Self.site, "cross-site")], method: method))
        }
        for method in [HTTPRequest.Method.post, .put, .patch, .delete] {
            #expect(try !admits([(Self.site, "cross-site")], method: method))
        }
    }

    @Test(arguments: [
        ("https://volunteers.example.org", "https://volunteers.example.org"),
        ("https://a.example/", "https://a.example"),
        ("https://a.example:8443", "https://a.example:8443"), ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost", "http://localhost"), ("http://[::1]:8080/", "http://[::1]:8080"),
    ])
    func `PUBLIC_URL is an origin`(_ text: String, _ origin: String) throws {
        let parsed = try #require(PageOrigin(parsing: text))
        #expect(parsed.text(for: .page("/")) == origin)
    }

    @Test(arguments: [
        "", "none", "volunteers.example.org", "http://volunteers.example.org", "https://a.example/page",
        "https://a.example?x", "https://a.example//", "https://A.example", "https://a.example:443",
        "https://a.example,https://b.example", "ftp://127.0.0.1", "https://user@a.example", "https://", "*",
    ])
    func `nothing else is one`(_ text: String) {
        #expect(PageOrigin(parsing: text) == nil)
    }
}

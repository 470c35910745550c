import Configuration
import HTTPTypes
import Hummingbird
import ServiceKit
import Testing
import Web
import Wording

@testable import ApplicationService

@Suite struct PageRouteTests {
    @Test func `the page and the API share no path`() {
        for route in PageRoute.allCases {
            #expect(Route.allowedMethods(at: route.path) == [], "\(route)")
            #expect(!HealthRoutes.probePaths.contains(route.path))
        }
        for route in Route.allCases { #expect(PageRoute.allowedMethods(at: route.path) == [], "\(route)") }
        let lines = Set(PageRoute.allCases.map { "\($0.method) \($0.path)" })
        #expect(lines.count == PageRoute.allCases.count, "each occurs once")
    }

    @Test(arguments: [
        ("/", "GET HEAD"), ("/mine/messages", "GET POST HEAD"), ("/calls/new", "GET POST HEAD"),
        ("/calls/a%2Fb/people/1", "GET POST HEAD"), ("//calls/", "GET HEAD"), ("/leave", "POST"),
        ("/applications/7/response", "POST"), ("/calls/1/2", ""), ("/v1/applications", ""), ("/enter", ""),
    ])
    func `a path allows its routes' methods`(_ path: String, _ methods: String) {
        #expect(PageRoute.allowedMethods(at: path).map(\.rawValue).joined(separator: " ") == methods)
    }

    @Test func `volunteers and funds have pages of their own`() {
        for route in PageRoute.allCases {
            let roles = Caller.Role.allCases.filter(route.admits)
            switch route.audience {
            case .volunteers: #expect(roles == [.volunteer])
            case .funds: #expect(roles == [.fund] && route.path.hasPrefix("/calls"))
            case .signedIn: #expect(Set(roles).isSuperset(of: [.fund, .volunteer]))
            case .everyone: #expect([.enter, .leave, .asset].contains(route))
            }
        }
    }

    @Test func `metrics name a request by its route`() {
        for route in PageRoute.allCases {
            #expect(Route.name(of: route.method, at: route.path) == "page:\(route.rawValue)")
        }
        #expect(Route.name(of: .head, at: "/calls/{id}") == "page:fundCall")
    }

    @Test func `the address of a page is one of this host`() {
        #expect(Request.page("/calls/7/people?state=waiting").pageAddress == "/calls/7/people?state=waiting")
        #expect(Request.page("//calls//7/?a=//b").pageAddress == "/calls/7?a=//b")
        #expect(Request.page("//").pageAddress == "/")
    }

    @Test(arguments: [
        ("PAGE_SECRET", "short"), ("PAGE_SECRET", String(repeating: "x", count: 31)), ("PUBLIC_URL", "example.org"),
        ("PUBLIC_URL", "http://example.org"), ("LOGIN_URL", "/login"), ("LOGIN_URL", "http://example.org/login"),
        ("LOGIN_URL", "https://user@example.org/"), ("LOGIN_URL", "https://example.org/#x"), ("LANGUAGE", "de"),
        ("LOGIN_URL", "javascript:alert(1)"),
    ])
    func `a wrong setting is refused`(_ name: String, _ value: String) {
        #expect(throws: ConfigurationError.self) { try settings([name: value]) }
    }

    @Test func `settings of the page`() throws {
        let none = try settings([:])
        #expect(none.isSecretRandom && none.origin == .ofRequest && none.loginURL == nil)
        #expect(none.defaults.language == .ru && none.defaults.zoneName == "UTC")
        let other = try settings([:])
        #expect(none.secret != other.secret)
        let all = try settings([
            "PAGE_SECRET": String(repeating: "x", count: 32), "PUBLIC_URL": "https://a.example",
            "LOGIN_URL": "https://b.example/login?x=1", "LANGUAGE": "en_US:en",
        ])
        #expect(!all.isSecretRandom && all.origin.requiresHTTPS && all.loginURL == "https://b.example/login?x=1")
        #expect(all.defaults.language == .en)
    }

    private func settings(_ values: [String: String]) throws -> PageSettings {
        try PageSettings(
            SettingsReader([EnvironmentVariablesProvider(environmentVariables: values)]), timeZone: "UTC")
    }
}

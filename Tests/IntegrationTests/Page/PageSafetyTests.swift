import Contracts
import Foundation
import HTTPTypes
import NIOHTTP1
import Pages
import TestSupport
import Testing

@testable import ApplicationService

/// What holds for every answer of the page (contract section 8).
@Suite struct PageSafetyTests {
    /// The header fields that answers of the page have besides those of the route.
    private static let headers = [
        "Content-Security-Policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ]

    /// The header fields that answers may have besides, by the protocol or the page.
    private static let others: Set<String> = [
        "allow", "connection", "content-language", "content-length", "content-type", "date", "etag", "id", "location",
        "retry-after", "server", "set-cookie", "transfer-encoding", "vary", "x-accel-buffering", "x-request-id",
    ]

    private func check(
        _ answer: PageClient.Response, except exceptions: [String: String] = [:], _ comment: Comment
    ) {
        let expected = Self.headers.merging(exceptions) { $1 }
        for (name, value) in expected { #expect(answer.headers[name] == [value], comment) }
        let names = Set(answer.headers.map { $0.name.lowercased() })
        #expect(names.subtracting(expected.keys.map { $0.lowercased() }).subtracting(Self.others) == [], comment)
    }

    private func path(of route: PageRoute) -> String {
        route.path.replacing("{id}", with: "7").replacing("{volunteer_id}", with: "789")
            .replacing("{code}", with: "x.y").replacing("{name}", with: "page.css")
    }

    @Test func `every answer of every route has the same header fields`() async throws {
        // With NotifierService, which knows the messages.
        try await TestSystem.run(
            settings: TestSystem.page, services: [.application, .waitlist, .notifier]
        ) { system in
            let visitors = [
                system.visitor, try await system.visitor("volunteer", "789"), try await system.visitor("fund", "123"),
            ]
            for route in PageRoute.allCases where route != .live {
                for visitor in visitors {
                    let path = path(of: route)
                    for (method, body) in [
                        (route.method.rawValue, nil), ("POST", "a=%"), ("PUT", nil), ("OPTIONS", nil),
                    ] {
                        let body = method == "POST" ? body ?? "key=1" : nil
                        for fields in [PageClient.ownSite, ["Sec-Fetch-Site": "cross-site"]] {
                            let answer = try await visitor.call(method, path, body, fields)
                            let isEntry = route == .enter && method == "GET"
                            check(
                                answer, except: isEntry ? ["Referrer-Policy": "no-referrer"] : [:],
                                "\(method) \(path) \(fields): \(answer.status)")
                            #expect(answer.status < 500, "\(method) \(path)")
                        }
                    }
                }
            }
        }
    }

    @Test func `only this site's own pages send forms`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            let visitors = [try await system.visitor("volunteer", "789"), try await system.visitor("fund", "123")]
            let own = "http://127.0.0.1:\(system.application.httpPort)"
            for route in PageRoute.allCases where route.method == .post {
                for visitor in visitors {
                    for fields in [
                        [:], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
                        ["Sec-Fetch-Site": "cross-site", "Origin": own], ["Origin": "null"],
                        ["Origin": "https://example.org"],
                    ] {
                        let answer = try await visitor.call("POST", path(of: route), "key=1", fields)
                        #expect(answer.status == 403 && answer.headers["Set-Cookie"] == [], "\(route) \(fields)")
                    }
                }
            }
            for fields in [PageClient.ownSite, ["Sec-Fetch-Site": "none"], ["Origin": own]] {
                #expect(try await visitors[0].call("POST", "/leave", "", fields).status == 200)
            }
        }
    }

    @Test func `errors of the page are HTML, those of the API problem documents`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            let visitor = try await system.visitor("volunteer", "789")
            let html = ["Accept": "text/html,application/xhtml+xml,*/*;q=0.8"]
            for (method, path, fields, body, status, isHTML) in [
                ("GET", "/calls", [:], nil, 404, true), ("GET", "/calls/7/people.csv", [:], nil, 404, true),
                ("PUT", "/mine", PageClient.ownSite, nil, 405, true),
                ("POST", "/mine", PageClient.ownSite, "", 405, true),
                ("GET", "/leave", [:], nil, 405, true), ("GET", "/assets/other.css", [:], nil, 404, true),
                ("POST", "/settings", PageClient.ownSite, "a=%", 400, true),
                ("POST", "/settings", PageClient.ownSite, String(repeating: "x", count: 65_537), 413, true),
                ("POST", "/settings", ["Sec-Fetch-Site": "none", "Content-Type": "application/json"], "{}", 415, true),
                ("GET", "/nothing", html, nil, 404, true), ("GET", "/nothing", [:], nil, 404, false),
                ("GET", "/nothing", ["Accept": "*/*"], nil, 404, false), ("GET", "/v1/nothing", html, nil, 404, false),
                ("GET", "/v1/applications", html, nil, 401, false), ("PUT", "/v1/applications", html, nil, 405, false),
            ] as [(String, String, [String: String], String?, Int, Bool)] {
                let answer = try await visitor.call(method, path, body, fields)
                let type = isHTML ? "text/html; charset=utf-8" : "application/problem+json"
                #expect(answer.status == status && answer.headers["Content-Type"] == [type], "\(method) \(path)")
                if status == 405 { #expect(answer.headers["Allow"].count == 1, "\(path)") }
                if isHTML { check(answer, "\(path)") }
            }
            #expect(
                try await visitor.call("PUT", "/mine/messages", nil, PageClient.ownSite).headers["Allow"] == [
                    "GET, POST, HEAD"
                ])
            #expect(try await visitor.get("/healthz", html).body == "ok\n")
        }
    }

    @Test func `assets are kept for ever, because their address changes with their content`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            for path in Asset.all.map(\.path) {
                let answer = try await system.visitor.get(path)
                #expect(answer.status == 200)
                check(answer, except: ["Cache-Control": "public, max-age=31536000, immutable"], "\(path)")
                let tag = try #require(answer.headers.first(name: "ETag"))
                #expect(answer.headers["Vary"] == ["Accept-Encoding"] && answer.headers["Content-Encoding"] == [])
                #expect(try await system.visitor.get(path, ["If-None-Match": tag]).status == 304)
                let gzip = ["Accept-Encoding": "br, gzip;q=0.5"]
                let small = try await system.visitor.get(path, gzip)
                let own = try #require(small.headers.first(name: "ETag"))
                #expect(small.status == 200 && (own == tag) == (small.headers["Content-Encoding"] == []))
                #expect(try await system.visitor.get(path, gzip.merging(["If-None-Match": own]) { $1 }).status == 304)
            }
        }
    }

    @Test func `scripts of other sites get no access, and https is required where the page has it`() async throws {
        let settings = TestSystem.page.merging([
            "CORS_ORIGINS": "https://other.example", "PUBLIC_URL": "https://volunteers.example.org",
        ]) { $1 }
        try await TestSystem.run(settings: settings, services: [.application]) { system in
            let visitor = try await system.visitor("volunteer", "789")
            let answer = try await visitor.get("/calls", ["Origin": "https://other.example"])
            check(answer, except: ["Strict-Transport-Security": "max-age=31536000"], "with PUBLIC_URL")
            let preflight = try await visitor.call(
                "OPTIONS", "/mine/messages", nil,
                ["Origin": "https://other.example", "Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "none"])
            #expect(preflight.status == 405)
            let own = ["Origin": "https://volunteers.example.org"]
            #expect(try await visitor.call("POST", "/leave", "", own).status == 200)
            let local = ["Origin": visitor.base]
            #expect(try await visitor.call("POST", "/leave", "", local).status == 403)
            let robot = try await system.client("service", "robot")
            let entry = try await robot.post("/v1/entries", #"{"fund_id":1}"#)
            #expect(entry.body.contains(#""url":"https://volunteers.example.org/enter/"#))
        }
    }

    @Test func `without authentication only this machine's own requests get the page`() async throws {
        try await TestSystem.run(settings: TestSystem.pageSecret, services: [.application]) { system in
            let visitor = try await system.visitor("fund", "123")
            #expect(try await visitor.get("/").location == "/calls")
            for fields in [
                ["Host": "volunteers.example.org"], ["X-Forwarded-For": "10.0.0.1"], ["Sec-Fetch-Site": "cross-site"],
            ] {
                for path in ["/", "/assets/page.css", "/enter/x", "/calls"] {
                    let answer = try await visitor.get(path, fields)
                    #expect(answer.status == 421, "\(path) \(fields)")
                    check(answer, "\(path)")
                }
            }
            let entry = try await system.client().post("/v1/entries", #"{"fund_id":1}"#)
            #expect(entry.status == 201 && entry.body.contains(#""url":"\#(visitor.base)/enter/"#))
        }
    }

    @Test func `each visitor has a rate limit of their own`() async throws {
        let settings = TestSystem.page.merging(["RATE_LIMIT": "5"]) { $1 }
        try await TestSystem.run(settings: settings, services: [.application]) { system in
            let anna = try await system.visitor("volunteer", "anna")
            let boris = try await system.visitor("volunteer", "boris")
            var refused: PageClient.Response?
            try await eventually("anna has asked too often") {
                let answer = try await anna.get("/calls")
                if answer.status == 429 { refused = answer }
                return refused != nil
            }
            let answer = try #require(refused)
            check(answer, "429")
            #expect(answer.headers["Retry-After"] == ["1"])
            #expect(answer.headers["Content-Type"] == ["text/html; charset=utf-8"])
            #expect(try await boris.get("/calls").status == 404)
            #expect(try await system.visitor.get("/").status == 403)
        }
    }
}

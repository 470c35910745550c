import AsyncHTTPClient
import Contracts
import Foundation
import NIOCore
import NIOHTTP1
import TestSupport

/// What a browser sends to the page, request by request: it keeps no cookie by itself and follows no redirect, so that
/// tests see each answer. ``PageVisitor`` does both.
struct PageClient: Sendable {
    /// Scheme, host and port, without a trailing slash.
    let base: String
    /// `Cookie`; nil for nobody.
    var cookie: String?

    struct Response: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: String

        var location: String? { headers.first(name: "Location") }

        /// The session that the response starts, as `Cookie`.
        var session: String? {
            headers["Set-Cookie"].first { $0.hasPrefix("__Host-session=") }.map { String($0.prefix { $0 != ";" }) }
        }
    }

    /// What browsers send with each form of a page to its own site.
    static let ownSite = ["Sec-Fetch-Site": "same-origin"]

    /// - Parameter path: percent-encoded, with its query.
    func call(
        _ method: String, _ path: String, _ body: String? = nil, _ headers: [String: String] = [:]
    ) async throws -> Response {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method)
        if let cookie { request.headers.add(name: "Cookie", value: cookie) }
        if let body {
            request.body = .bytes(ByteBuffer(string: body))
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await APIClient.http.execute(request, timeout: TimeAmount(testTimeout))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        return Response(
            status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Response {
        try await call("GET", path, nil, headers)
    }

    /// Sends a form of the page itself.
    /// - Parameter form: encoded.
    func post(_ path: String, _ form: String = "") async throws -> Response {
        try await call("POST", path, form, Self.ownSite)
    }
}

extension TestSystem {
    /// Settings with which an entry of the `entry` subcommand is one of the service's.
    static let pageSecret = ["PAGE_SECRET": "another secret of thirty-two bytes, at least"]

    /// The same, if every caller of the API needs a token.
    static let page = authentication.merging(pageSecret) { $1 }

    /// A browser without a session.
    var visitor: PageClient { PageClient(base: "http://127.0.0.1:\(application.httpPort)") }

    /// A browser in which somebody is signed in. The service must have been started with ``pageSecret``.
    /// - Parameter role: `volunteer` or `fund`.
    func visitor(_ role: String, _ id: String) async throws -> PageClient {
        var visitor = visitor
        let path = try await entryPath("--role", role, "--sub", id)
        visitor.cookie = try await visitor.get(path).session
        guard visitor.cookie != nil else { throw NotSignedIn() }
        return visitor
    }

    /// The header field of somebody who is signed in.
    func session(_ role: String, _ id: ID) async throws -> [String: String] {
        try await visitor(role, id.string).cookie.map { ["Cookie": $0] } ?? [:]
    }

    /// The path of a link that the `entry` subcommand prints.
    func entryPath(_ words: String...) async throws -> String {
        let output = try await application.run(["entry"] + words)
        guard output.exitCode == 0, let path = output.lines.first?.firstRange(of: "/enter/") else {
            throw NotSignedIn(stderr: output.stderr)
        }
        return String(output.lines[0][path.lowerBound...])
    }

    struct NotSignedIn: Error {
        var stderr = ""
    }
}

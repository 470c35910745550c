import AsyncHTTPClient
import Contracts
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

/// A visitor with a browser without script: it keeps the cookies that it is given, follows where a form leads, and
/// sends the fields that the page has in its form.
final class PageVisitor: Sendable {
    private let base: String
    private let cookies = Mutex<[String: String]>([:])

    init(base: String) {
        self.base = base
    }

    /// What the visitor's browser sends.
    var cookie: String { cookies.withLock { $0.map { "\($0)=\($1)" }.joined(separator: "; ") } }

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: String

        var location: String? { headers.first(name: "location") }

        /// Whether the page has the text, as a browser shows it.
        func shows(_ text: String) -> Bool { body.unescaped.contains(text) }
    }

    /// Redirects are followed by ``get(_:)``, because tests look at them.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    // MARK: - Requests

    /// One request, with the cookies.
    func send(
        _ method: HTTPMethod, _ path: String, _ fields: [String: String]? = nil, _ headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        let cookie = cookie
        if !cookie.isEmpty { request.headers.add(name: "Cookie", value: cookie) }
        request.headers.add(name: "Accept", value: "text/html")
        request.headers.add(name: "Accept-Language", value: "en")
        if let fields {
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.headers.add(name: "Sec-Fetch-Site", value: "same-origin")
            request.body = .bytes(ByteBuffer(string: Self.encoded(fields)))
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await Self.http.execute(request, timeout: TimeAmount(testTimeout))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        for field in response.headers["set-cookie"] { keep(field) }
        return Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    /// The page that a browser ends at.
    func get(_ path: String) async throws -> Answer {
        var answer = try await send(.GET, path)
        for _ in 0..<3 {
            guard answer.status == 303, let location = answer.location else { break }
            answer = try await send(.GET, location)
        }
        return answer
    }

    /// Sends a form as the page has it, with what the visitor types. The page has one form with this action, or several
    /// that differ in hidden fields, of which the visitor's button names one.
    func submit(
        _ action: String, on page: Answer, _ typed: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        let forms = page.body.forms(action: action)
        let form = forms.first { hidden in typed.allSatisfy { hidden[$0] == nil || hidden[$0] == $1 } }
        let hidden = try #require(form, "a form for \(action) in \(page.body)", sourceLocation: sourceLocation)
        return try await send(.POST, action, hidden.merging(typed) { $1 })
    }

    private func keep(_ field: String) {
        let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard pair.count == 2 else { return }
        cookies.withLock { $0[String(pair[0])] = String(pair[1]) }
    }

    private static func encoded(_ fields: [String: String]) -> String {
        let unreserved = CharacterSet(
            charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return fields.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "")"
        }.joined(separator: "&")
    }
}

extension TestSystem {
    /// Settings with which visitors can enter the page.
    static let page = authentication.merging(pageSecret) { $1 }

    /// The header field of somebody who is signed in.
    func session(_ role: String, _ id: ID) async throws -> [String: String] {
        ["Cookie": try await browser(role, id).cookie]
    }

    /// The browser of a visitor who has entered by a link of the subcommand `entry`.
    func browser(_ role: String, _ id: ID) async throws -> PageVisitor {
        let output = try await application.run("entry", "--role", role, "--sub", id.string)
        let url = try #require(output.lines.first.flatMap { URL(string: $0) }, "\(output.stderr)")
        let visitor = PageVisitor(base: "http://127.0.0.1:\(application.httpPort)")
        let entered = try await visitor.send(.GET, url.path)
        #expect(entered.status == 303, "\(entered.body)")
        return visitor
    }
}

extension String {
    /// The hidden fields of each form with this action.
    fileprivate func forms(action: String) -> [[String: String]] {
        matches(of: /<form([^>]*)>(.*?)<\/form>/.dotMatchesNewlines()).compactMap { form in
            guard String(form.output.1).attribute("action") == action else { return nil }
            let inputs = form.output.2.matches(of: /<input([^>]*)>/).map { String($0.output.1) }
            let fields = inputs.filter { $0.attribute("type") == "hidden" }.compactMap { input in
                input.attribute("name").map { ($0, input.attribute("value") ?? "") }
            }
            return Dictionary(fields) { first, _ in first }
        }
    }

    private func attribute(_ name: String) -> String? {
        matches(of: /([a-z-]+)="([^"]*)"/).first { $0.output.1 == name }.map { String($0.output.2).unescaped }
    }

    fileprivate var unescaped: String {
        replacing("&quot;", with: "\"").replacing("&#39;", with: "'").replacing("&lt;", with: "<")
            .replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    }
}

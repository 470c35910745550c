import Contracts
import Foundation
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

/// A visitor with a browser without script: it keeps the cookies that it is given, follows where a form leads, and
/// sends the fields that the page has in its form.
final class PageVisitor: Sendable {
    private let client: PageClient
    private let cookies = Mutex<[String: String]>([:])

    init(_ client: PageClient) {
        self.client = client
    }

    // MARK: - Requests

    /// One request, with the cookies.
    func send(
        _ method: HTTPMethod, _ path: String, _ fields: [String: String]? = nil, _ headers: [String: String] = [:]
    ) async throws -> PageClient.Response {
        var client = client
        let cookies = cookies.withLock { $0.map { "\($0)=\($1)" } }
        if !cookies.isEmpty { client.cookie = cookies.joined(separator: "; ") }
        var all = ["Accept": "text/html", "Accept-Language": "en"]
        if fields != nil { all.merge(PageClient.ownSite) { $1 } }
        let answer = try await client.call(
            method.rawValue, path, fields.map(Self.encoded), all.merging(headers) { $1 })
        for field in answer.headers["Set-Cookie"] { keep(field) }
        return answer
    }

    /// The page that a browser ends at.
    func get(_ path: String) async throws -> PageClient.Response {
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
        _ action: String, on page: PageClient.Response, _ typed: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> PageClient.Response {
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
    /// The browser of a visitor who has entered by a link of the subcommand `entry`.
    func browser(_ role: String, _ id: ID) async throws -> PageVisitor {
        let browser = PageVisitor(visitor)
        let entered = try await browser.send(.GET, entryPath("--role", role, "--sub", id.string))
        #expect(entered.status == 303, "\(entered.body)")
        return browser
    }
}

extension PageClient.Response {
    /// Whether the page has the text, as a browser shows it.
    func shows(_ text: String) -> Bool { body.unescaped.contains(text) }
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

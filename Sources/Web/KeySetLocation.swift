import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Where a key set is read from: the value of `AUTH_JWKS`.
package enum KeySetLocation: Sendable, Hashable, CustomStringConvertible {
    /// The path of a file.
    case file(String)
    /// An https URL, or an http URL of this machine: on the way, anybody could replace the keys.
    case url(String)

    init(_ text: String) throws(KeySet.Unusable) {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            url.host()?.isEmpty == false, url.user() == nil
        else {
            throw KeySet.Unusable(description: "must be the path of a file, or an https URL without a user")
        }
        guard scheme == "https" || LoopbackRule.covers(host: url.host() ?? "") else {
            throw KeySet.Unusable(description: "http is allowed only to loopback; use https")
        }
        self = .url(text)
    }

    /// The path or the URL, without a query, which may hold a secret.
    package var description: String {
        switch self {
        case .file(let path): path
        case .url(let url): String(url.prefix { $0 != "?" && $0 != "#" })
        }
    }

    /// - Parameter limit: the time for a URL's complete response.
    func load(within limit: Duration = .seconds(5)) async throws -> KeySet {
        switch self {
        case .file(let path): try Self.read(path)
        case .url(let url): try await Self.fetch(url, within: limit)
        }
    }

    static func read(_ path: String) throws(KeySet.Unusable) -> KeySet {
        let bytes: Data?
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: KeySet.maxBytes + 1)
        } catch {
            throw KeySet.Unusable(description: "the file cannot be read")
        }
        return try KeySet(json: bytes ?? Data())
    }

    /// Each fetch makes its own client: there is one every few minutes, and nothing has to be shut down later.
    private static func fetch(_ url: String, within limit: Duration) async throws -> KeySet {
        var configuration = HTTPClient.Configuration()
        // A redirect could lead from https to http.
        configuration.redirectConfiguration = .disallow
        return try await withThrowingTaskGroup(of: KeySet.self) { [configuration] group in
            group.addTask {
                try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                    let response = try await client.execute(HTTPClientRequest(url: url), timeout: TimeAmount(limit))
                    guard response.status == .ok else {
                        throw KeySet.Unusable(description: "the URL answers \(response.status.code)")
                    }
                    return try KeySet(
                        json: Data(try await response.body.collect(upTo: KeySet.maxBytes).readableBytesView))
                }
            }
            // The client's timeout covers only the head; the body could arrive byte by byte.
            group.addTask {
                try await Task.sleep(for: limit)
                throw KeySet.Unusable(description: "the URL does not answer in time")
            }
            defer { group.cancelAll() }
            guard let keys = try await group.next() else { throw CancellationError() }
            return keys
        }
    }
}

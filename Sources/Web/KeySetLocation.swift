import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// Where a key set is.
package enum KeySetLocation: Sendable, Hashable {
    /// The path of a file.
    case file(String)
    /// An http or https URL.
    case url(String)

    init(_ text: String) throws(KeySetError) {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            url.host()?.isEmpty == false, url.user() == nil
        else {
            throw KeySetError(description: "must be the path of a file, or an http or https URL without a user")
        }
        self = .url(text)
    }

    /// No key set is larger, in bytes.
    static let mostBytes = 1 << 20

    /// - Parameter limit: a URL must have answered, to the last byte, by then.
    func load(within limit: Duration = .seconds(5)) async throws -> KeySet {
        switch self {
        case .file(let path): try Self.read(path)
        case .url(let url): try await Self.fetch(url, within: limit)
        }
    }

    static func read(_ path: String) throws(KeySetError) -> KeySet {
        let bytes: Data?
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            bytes = try file.read(upToCount: mostBytes + 1)
        } catch {
            throw KeySetError(description: "the file cannot be read")
        }
        return try KeySet(json: bytes ?? Data())
    }

    /// A client of its own for each fetch, of which there is one in minutes: so nothing outlives it.
    private static func fetch(_ url: String, within limit: Duration) async throws -> KeySet {
        var configuration = HTTPClient.Configuration()
        // A redirect could lead from https to http.
        configuration.redirectConfiguration = .disallow
        return try await withThrowingTaskGroup(of: KeySet.self) { [configuration] group in
            group.addTask {
                try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                    let response = try await client.execute(HTTPClientRequest(url: url), timeout: TimeAmount(limit))
                    guard response.status == .ok else {
                        throw KeySetError(description: "the URL answers \(response.status.code)")
                    }
                    return try KeySet(json: Data(try await response.body.collect(upTo: mostBytes).readableBytesView))
                }
            }
            // The client's own limit ends with the head; a body may trickle.
            group.addTask {
                try await Task.sleep(for: limit)
                throw KeySetError(description: "the URL does not answer in time")
            }
            defer { group.cancelAll() }
            guard let keys = try await group.next() else { throw CancellationError() }
            return keys
        }
    }
}

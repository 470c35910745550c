import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Web

/// One request at the public door: who calls, and what they say.
struct Visit: Sendable {
    /// Larger bodies are refused (contract section 8).
    static let bodyLimit = 256 * 1024

    let caller: Caller
    let request: Request
    private let parameters: Parameters
    /// Empty for a request that has none, and for one that only reads.
    let body: [UInt8]
    /// The client's key, if it sent one.
    let key: IdempotencyKey?
    /// Whether it counts as one of the caller's requests in this second.
    let isCounted: Bool

    init(
        caller: Caller, request: Request, parameters: Parameters, body: [UInt8] = [], key: IdempotencyKey? = nil,
        isCounted: Bool = true
    ) {
        self.isCounted = isCounted
        self.caller = caller
        self.request = request
        self.parameters = parameters
        self.body = body
        self.key = key
    }

    var headers: HTTPFields { request.headers }

    /// The key in its scope.
    var commandKey: CommandKey? {
        key.map {
            CommandKey(
                $0.text, caller: caller.name, method: request.method.rawValue, path: request.uri.path, body: body)
        }
    }

    /// The part of the path with this name, `%2F` and all read as what it stands for.
    func text(_ name: String) throws(Problem) -> String {
        guard let part = parameters.get(name) else { throw .unknown }
        guard part.utf8.contains(UInt8(ascii: "%")) else { return part }
        guard let text = part.removingPercentEncoding else { throw .unknown }
        return text
    }

    /// An id in the path. What is no id names nothing.
    func id(_ name: String = "id") throws(Problem) -> ID {
        guard let id = ID(validating: try text(name)) else { throw .unknown }
        return id
    }

    /// A parameter of the query; nil if it is not there.
    func query(_ name: String) throws(Problem) -> String? {
        var found: String?
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard String(parts[0]).removingPercentEncoding == name else { continue }
            let text = parts.count == 2 ? String(parts[1]).replacing("+", with: " ").removingPercentEncoding : ""
            guard found == nil, let text else {
                throw Problem(.malformed, "The query parameter \(name) cannot be read, or is there twice.")
            }
            found = text
        }
        return found
    }

    /// How many items a page shall have: `limit`, from 1 to 200.
    func limit() throws(Problem) -> Int {
        guard let text = try query("limit") else { return PageRequest.standard }
        guard let limit = Int(text), PageRequest.limits.contains(limit) else {
            throw Problem(
                .malformed,
                "limit must be a whole number from \(PageRequest.limits.lowerBound) to "
                    + "\(PageRequest.limits.upperBound)."
            )
        }
        return limit
    }

    /// Reads the body whole, up to the limit.
    static func collect(_ request: Request) async throws -> [UInt8] {
        let tooLarge = Problem(.contentTooLarge, "The body must not be larger than \(bodyLimit) bytes.")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > bodyLimit { throw tooLarge }
        do {
            let buffer = try await request.body.collect(upTo: bodyLimit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch let error where !(error is CancellationError) {
            // The client left, or was cut off: nobody's mistake here, and hardly anybody hears the answer.
            throw Problem(.malformed, "The body ended before it was whole.")
        }
    }
}

extension Problem {
    /// For what does not exist, and for what is not the caller's: nobody shall learn which.
    static let unknown = Problem(.notFound, "There is nothing here for you.")
}

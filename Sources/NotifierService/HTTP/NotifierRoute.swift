import Contracts
import Foundation

/// One of NotifierService's routes: the path has placeholders, as in `/v1/operations/{id}/callback`.
struct NotifierRoute: Sendable {
    typealias Handler = @Sendable (NotifierRequest) async throws -> ForwardedResponse

    let method: String
    private let path: [Substring]
    let handler: Handler

    init(_ method: String, _ path: String, _ handler: @escaping Handler) {
        self.method = method
        self.path = Self.parts(of: path)
        self.handler = handler
    }

    /// The values of the placeholders, percent-decoded; nil if the path is another one.
    func parameters(of parts: [Substring]) -> [String: String]? {
        guard parts.count == path.count else { return nil }
        var parameters: [String: String] = [:]
        for (pattern, part) in zip(path, parts) {
            if pattern.first == "{" {
                guard let value = String(part).removingPercentEncoding, !value.isEmpty else { return nil }
                parameters[String(pattern.dropFirst().dropLast())] = value
            } else if pattern != part {
                return nil
            }
        }
        return parameters
    }

    static func parts(of path: String) -> [Substring] {
        path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
    }
}

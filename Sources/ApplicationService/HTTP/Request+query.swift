import Foundation
import Hummingbird
import Web

extension Request {
    /// A parameter of the query, percent-decoded; nil if it is absent.
    /// - Throws: `malformed` if it cannot be decoded or occurs twice.
    func query(_ name: String) throws(Problem) -> String? {
        var value: String?
        for pair in (uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard String(parts[0]).removingPercentEncoding == name else { continue }
            let text = parts.count == 2 ? String(parts[1]).replacing("+", with: " ").removingPercentEncoding : ""
            guard value == nil, let text else {
                throw Problem(.malformed, "The query parameter \(name) cannot be decoded or occurs twice.")
            }
            value = text
        }
        return value
    }
}

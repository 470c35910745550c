import Foundation
import Hummingbird
import Web

extension Request {
    /// - Throws: `malformed` if the query has a parameter that is not one of `names`.
    func requireQuery(in names: Set<String>) throws(Problem) {
        for pair in (uri.query ?? "").split(separator: "&") {
            let name = String(pair.prefix(while: { $0 != "=" }))
            guard let decoded = name.removingPercentEncoding, names.contains(decoded) else {
                let known = names.isEmpty ? "none" : names.sorted().joined(separator: ", ")
                throw Problem(.malformed, "The query has an unknown parameter; this route has: \(known).")
            }
        }
    }

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

    /// A parameter of the query whose value is one of a few words.
    /// - Throws: `malformed` for any other value.
    func query<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, as type: Word.Type = Word.self
    ) throws(Problem) -> Word? {
        guard let text = try query(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.malformed, "\(name) must be one of: \(words).")
        }
        return word
    }
}

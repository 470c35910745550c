import Contracts
import Foundation
import Ledger
import ServiceKit
import Web

/// An HTTP request that ApplicationService has authenticated, checked and passed on to the partition that it concerns.
struct NotifierRequest: Sendable {
    let forwarded: ForwardedRequest
    let caller: Caller
    /// The values of the route's placeholders, by name, percent-decoded.
    let parameters: [String: String]
    /// The parameters of the query, percent-decoded.
    let query: [String: String]
    let partition: RequestedPartition

    /// The value of a placeholder that the route has.
    func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// An id in the path.
    /// - Throws: `not_found` for an invalid one: nothing has it.
    func id(_ name: String = "id") throws(Problem) -> ID {
        guard let id = ID(validating: parameter(name)) else { throw Problem(.notFound, "No such resource.") }
        return id
    }

    var body: [UInt8] { Array((forwarded.body ?? "").utf8) }

    /// A whole number of the query.
    /// - Throws: `malformed` if it is not a whole number, or out of range.
    func number(_ name: String, in range: ClosedRange<Int>, default value: Int) throws(Problem) -> Int {
        guard let text = query[name] else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                .malformed, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// The values of a header field.
    func headers(_ name: String) -> [String] {
        forwarded.headers.filter { $0.name.lowercased() == name }.map(\.value)
    }
}

extension NotifierRequest {
    /// Reads the query of a path; of a parameter that occurs twice, the first counts.
    static func query(of path: String) -> [String: String] {
        guard let start = path.firstIndex(of: "?") else { return [:] }
        var query: [String: String] = [:]
        for pair in path[path.index(after: start)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]).replacing("+", with: " ") : ""
            guard let name = String(parts[0]).removingPercentEncoding, let value = value.removingPercentEncoding,
                query[name] == nil
            else { continue }
            query[name] = value
        }
        return query
    }
}

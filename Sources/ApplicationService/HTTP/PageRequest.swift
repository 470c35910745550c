import Hummingbird
import Web

/// Which page of a list a client wants: `limit` and `cursor` of the query.
///
/// Keyset pagination: each page begins after the last row of the one before, in an order that no write changes. Under
/// concurrent writes no row repeats, and none that existed at the start is skipped.
struct PageRequest: Sendable {
    private static let defaultLimit = 50
    private static let limits = 1...200

    /// The maximum number of items.
    let limit: Int
    /// Where the page begins; nil for the first page.
    let cursor: PageCursor?

    /// - Throws: `malformed`.
    init(_ request: Request) throws(Problem) {
        limit = try request.query("limit").map(Self.limit) ?? Self.defaultLimit
        cursor = try request.query("cursor").map { text throws(Problem) in try PageCursor(parsing: text) }
    }

    private static func limit(_ text: String) throws(Problem) -> Int {
        guard let limit = Int(text), limits.contains(limit) else {
            throw Problem(
                .malformed, "limit must be a whole number from \(limits.lowerBound) to \(limits.upperBound).")
        }
        return limit
    }
}

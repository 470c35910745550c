import Contracts
import Crypto
import Foundation
import Hummingbird
import Web

/// Which page of a list a client wants: `limit` and `cursor` of the query.
///
/// Keyset pagination: each page begins after the last row of the one before. In an order that no write changes, no row
/// repeats under concurrent writes, and none that existed at the start is skipped.
struct PageRequest: Sendable {
    private static let defaultLimit = 50
    private static let limits = 1...200
    /// RFC 3986, 2.3.
    private static let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))

    /// The maximum number of items.
    let limit: Int
    /// Where the page begins; nil for the first page.
    let cursor: PageCursor?
    /// The path, and the parameters that select and sort the list.
    private let list: String

    /// - Throws: `malformed`, also for a cursor of another list.
    init(_ request: Request, of route: Route) throws(Problem) {
        limit = try request.query("limit").map(Self.limit) ?? Self.defaultLimit
        var list = request.uri.path + "?"
        for name in route.queryParameters.subtracting(["limit", "cursor"]).sorted() {
            guard let value = try request.query(name) else { continue }
            list += "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? value)&"
        }
        self.list = list
        let digest = Self.digest(list)
        cursor = try request.query("cursor").map { text throws(Problem) in
            try PageCursor(parsing: text, list: digest)
        }
    }

    /// The path and query of the page that begins at the cursor.
    func url(of cursor: PageCursor) -> String {
        "\(list)limit=\(limit)&cursor=\(cursor.text(list: Self.digest(list)))"
    }

    /// The path and query of this page.
    var url: String {
        cursor.map(url) ?? "\(list)limit=\(limit)"
    }

    /// Short, because it only has to tell a client that mixes up its own lists.
    private static func digest(_ list: String) -> String {
        Hexadecimal.digits(of: Array(SHA256.hash(data: Data(list.utf8))).prefix(4))
    }

    private static func limit(_ text: String) throws(Problem) -> Int {
        guard let limit = Int(text), limits.contains(limit) else {
            throw Problem(
                .malformed, "limit must be a whole number from \(limits.lowerBound) to \(limits.upperBound).")
        }
        return limit
    }
}

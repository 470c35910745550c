import Foundation

/// One page of a list of the API.
struct PageAPIList<Item: Decodable & Sendable>: Decodable, Sendable {
    var items: [Item]
    /// The path and query of the next page.
    var next: String?
    /// Of an inbox: how many messages are unread in all.
    var unread: Int?

    /// The cursor of the next page.
    var cursor: String? {
        guard let next, let query = URLComponents(string: next)?.queryItems else { return nil }
        return query.first { $0.name == "cursor" }?.value
    }
}

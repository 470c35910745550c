import Contracts
import Web

/// Where a page of an inbox begins: after a notification of one list, all of a volunteer's notifications or the unread
/// ones. Opaque to clients.
struct InboxCursor: Sendable, Hashable {
    let user: ID
    let unreadOnly: Bool
    /// The id of the last notification of the page before.
    let last: Int64

    /// - Throws: `malformed` for a text that no ``text`` is, and for a cursor of another list.
    static func last(parsing text: String, of user: ID, unreadOnly: Bool) throws(Problem) -> Int64 {
        guard let decoded = Base64URL.decoded(text.utf8).map({ String(decoding: $0, as: UTF8.self) }),
            let id = decoded.split(separator: " ").first.flatMap({ Int64($0) })
        else {
            throw Problem(.malformed, "cursor must be the cursor of an earlier page's next.")
        }
        let cursor = InboxCursor(user: user, unreadOnly: unreadOnly, last: id)
        guard cursor.text == text else {
            throw Problem(.malformed, "The cursor belongs to a list with another path, filter or order.")
        }
        return id
    }

    var text: String { Base64URL.encoded("\(last) \(unreadOnly ? "unread" : "all") \(user)".utf8) }
}

import Contracts

/// A page of a volunteer's notifications (contract section 8).
struct InboxJSON {
    let items: [StoredNotification]
    /// The URL of the next page; nil after the last.
    let next: String?
    let unreadCount: Int

    func encoded() -> [UInt8] {
        ObjectWriter<InboxKey>.object { json in
            json.json(.items, Self.array(items.map { $0.json }))
            json.field(.next, next)
            json.field(.unread, unreadCount)
        }
    }

    private static func array(_ items: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + items.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}

/// The number of unread notifications, after some were marked as read.
struct UnreadJSON {
    let unreadCount: Int

    func encoded() -> [UInt8] {
        ObjectWriter<InboxKey>.object { $0.field(.unread, unreadCount) }
    }
}

extension StoredNotification {
    /// As the inbox and its stream show it, on one line. The id is a number that JavaScript reads exactly.
    var json: [UInt8] {
        ObjectWriter<InboxKey>.object { json in
            json.field(.id, id)
            json.field(.kind, kind.rawValue)
            json.id(.applicationID, application)
            json.field(.message, message)
            json.field(.timestamp, .instant(sentAt))
            json.field(.readAt, readAt.map { .instant($0) })
        }
    }
}

/// The field names of the inbox's JSON.
private enum InboxKey: String {
    case items, next, unread, id, kind, message, timestamp
    case applicationID = "volunteer_application_id"
    case readAt = "read_at"
}

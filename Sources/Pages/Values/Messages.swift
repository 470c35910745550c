package import Contracts

/// A notification in a volunteer's inbox.
package struct InboxMessage: Sendable, Hashable {
    package var id: Int64
    /// As in the API: `spot_available`, `confirmed`, …
    package var kind: String
    package var call: ID
    package var text: String
    package var sentAt: Timestamp
    package var isRead: Bool

    package init(id: Int64, kind: String, call: ID, text: String, sentAt: Timestamp, isRead: Bool) {
        self.id = id
        self.kind = kind
        self.call = call
        self.text = text
        self.sentAt = sentAt
        self.isRead = isRead
    }
}

/// A notification that somebody was sent about a fund's call.
package struct ToldMessage: Sendable, Hashable {
    package var volunteer: ID
    /// As in the API: `spot_available`, `confirmed`, …
    package var kind: String
    package var text: String
    package var sentAt: Timestamp
    /// When the volunteer read it in the inbox; nil if they have not.
    package var readAt: Timestamp?
    /// How it was sent, as in the API: `inbox`, `push`, `webhook`.
    package var channels: [String]

    package init(
        volunteer: ID, kind: String, text: String, sentAt: Timestamp, readAt: Timestamp?, channels: [String]
    ) {
        self.volunteer = volunteer
        self.kind = kind
        self.text = text
        self.sentAt = sentAt
        self.readAt = readAt
        self.channels = channels
    }
}

package import Contracts

/// Who is signed in.
package struct Visitor: Sendable, Hashable {
    package enum Role: String, Sendable, Hashable, CaseIterable {
        case volunteer
        case fund
    }

    package var role: Role
    package var id: ID
    /// The number of messages that a volunteer has not read; nil if it is unknown.
    package var unread: Int?

    package init(role: Role, id: ID, unread: Int? = nil) {
        self.role = role
        self.id = id
        self.unread = unread
    }
}

/// For whom, where and when a page is made.
package struct PageContext: Sendable {
    /// Nil without a signed-in visitor.
    package var visitor: Visitor?
    /// The page's own address, with its query: where `Refresh` leads.
    package var address: String
    package var texts: PageTexts
    /// The name and the rules of the visitor's time zone. Times are those of the call's own zone, which is named where
    /// it differs.
    package var zoneName: String
    package var zone: ZoneRules
    package var now: Timestamp
    /// Where visitors sign in; nil if the platform has not said so (`LOGIN_URL`).
    package var loginURL: String?

    package init(
        visitor: Visitor?, address: String, texts: PageTexts, zoneName: String, zone: ZoneRules, now: Timestamp,
        loginURL: String? = nil
    ) {
        self.visitor = visitor
        self.address = address
        self.texts = texts
        self.zoneName = zoneName
        self.zone = zone
        self.now = now
        self.loginURL = loginURL
    }
}

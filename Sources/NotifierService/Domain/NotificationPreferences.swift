package import Wording

/// How a user wants to be notified, as they have said themselves. What is nil is as `LANGUAGE` and `TIME_ZONE` say.
package struct NotificationPreferences: Sendable, Hashable {
    package static let none = NotificationPreferences()

    package var language: Language?
    /// The IANA name of the zone that the user lives in.
    package var timeZone: String?

    package init(language: Language? = nil, timeZone: String? = nil) {
        self.language = language
        self.timeZone = timeZone
    }
}

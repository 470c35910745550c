package import Contracts

/// A reminder that was not sent because the start had passed.
package struct MissedReminder: Sendable, Hashable {
    package var application: ID
    package var user: ID
    /// One of `REMINDERS`.
    package var lead: String
    package var start: Timestamp

    package init(application: ID, user: ID, lead: String, start: Timestamp) {
        self.application = application
        self.user = user
        self.lead = lead
        self.start = start
    }
}

package import Contracts

/// An application in the file of one of NotifierService's partitions, at a moment when nothing was in progress.
package struct AudienceRest: Sendable, Hashable {
    package var name = ""
    package var startsAt: Timestamp = .earliest
    package var isCancelled = false
    package var confirmed: Set<ID> = []
    package var waiting: Set<ID> = []
    /// The users for whom reminders are planned.
    package var reminded: Set<ID> = []

    package init() {}
}

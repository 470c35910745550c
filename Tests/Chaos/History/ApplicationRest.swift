package import Contracts

/// An application in the files of ApplicationService and WaitlistService, at a moment when nothing was in progress.
package struct ApplicationRest: Sendable, Hashable {
    /// What ApplicationService's file says. The letters are those of contract section 5.
    package struct Decider: Sendable, Hashable {
        package var confirmed: Set<ID> = []
        package var waiting: Set<ID> = []
        /// R.
        package var reserved = 0
        package var release = 0
        /// n: how many messages about the application were sent to WaitlistService.
        package var sent = 0
        /// Those of the waiting who hold an offer of this release, and until when.
        package var offers: [ID: Timestamp] = [:]
        /// The waiting in the order in which they joined.
        package var order: [ID] = []
        package var name = ""
        package var startsAt: Timestamp = .earliest
        package var capacity = 0
        package var isCancelled = false
        /// Whether it is in the file at all.
        package var exists = false

        package init() {}
    }

    /// What WaitlistService's file says.
    package struct List: Sendable, Hashable {
        package var order: [ID] = []
        package var reserved = 0
        package var release = 0
        /// How many of ApplicationService's messages about it were applied.
        package var seen = 0
        /// The number of offers that have not lapsed.
        package var outstanding = 0
        /// Whether it is in the file at all.
        package var exists = false

        package init() {}
    }

    package var decider = Decider()
    package var list = List()

    package init() {}
}

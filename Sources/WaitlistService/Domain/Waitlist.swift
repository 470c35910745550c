package import Contracts

/// The state of one application's waiting list in WaitlistService: the counters of the protocol (contract section 5,
/// side W) and the scan in progress.
///
/// The entries are rows of their own, ordered by sequence number; no decision loads them all.
package struct Waitlist: Sendable, Hashable {
    package let application: ID
    package var startsAt: Timestamp
    package var cancelled: Bool
    /// R: the number of spots reserved for this list.
    package var reserved: Int
    package var release: Int
    /// The number of ApplicationService's last message about this application that was applied here (`sent`).
    package var seen: Int
    /// The epoch of ApplicationService's stream in which that message came; 0 if it is unknown.
    package var epoch: Int64
    /// The sequence number of the next entry. A number never changes and is never used twice.
    package var nextSequence: Int64
    /// The number of entries.
    package var listed: Int
    /// The number of entries that were asked in this release.
    package var asked: Int
    /// The number of asked entries whose offer has not lapsed.
    package var outstanding: Int
    /// Every entry with a lower sequence number has been asked.
    package var unaskedFrom: Int64
    package var nextRound: Int64
    /// A volunteer left while spots were reserved, and the reservation that always follows (rules 3 and 5) has not
    /// arrived yet. Until it does, the old reservation does not say whom to ask (rule 13).
    package var awaitsReservation: Bool
    /// ApplicationService is sending the state of the application, and further parts of it follow. Until the last one
    /// the list makes no offers.
    package var isIncomplete: Bool
    package var scan: Scan?

    package init(
        application: ID, startsAt: Timestamp, cancelled: Bool = false, reserved: Int = 0, release: Int = 0,
        seen: Int = 0, epoch: Int64 = 0, nextSequence: Int64 = 1, listed: Int = 0, asked: Int = 0, outstanding: Int = 0,
        unaskedFrom: Int64 = 0, nextRound: Int64 = 1, awaitsReservation: Bool = false,
        isIncomplete: Bool = false, scan: Scan? = nil
    ) {
        self.application = application
        self.startsAt = startsAt
        self.cancelled = cancelled
        self.reserved = reserved
        self.release = release
        self.seen = seen
        self.epoch = epoch
        self.nextSequence = nextSequence
        self.listed = listed
        self.asked = asked
        self.outstanding = outstanding
        self.unaskedFrom = unaskedFrom
        self.nextRound = nextRound
        self.awaitsReservation = awaitsReservation
        self.isIncomplete = isIncomplete
        self.scan = scan
    }

    /// A pass over the list in bounded steps. The entries it covers and the expiry of its offers are fixed when it
    /// begins.
    package struct Scan: Sendable, Hashable {
        package enum Purpose: Sendable, Hashable {
            /// Sends this round's offers to the entries that were not asked yet.
            case offers
            /// Tells the entries that were not asked that anyone may take the spots. The round marks those who were
            /// told in an earlier part.
            case openToAll
        }

        package var purpose: Purpose
        /// The round's number, 0 while the scan has none.
        package var round: Int64
        /// The last sequence number that was processed.
        package var cursor: Int64
        /// The last sequence number to process.
        package var end: Int64

        package init(purpose: Purpose, round: Int64, cursor: Int64, end: Int64) {
            self.purpose = purpose
            self.round = round
            self.cursor = cursor
            self.end = end
        }
    }
}

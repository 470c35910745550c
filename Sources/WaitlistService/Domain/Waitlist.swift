package import Contracts

/// One application's waiting list as WaitlistService knows it: the counters of the protocol (contract section 5,
/// side W) and the scan that is under way. The people stand in rows of their own, in the order of their sequence
/// numbers; no decision loads them all.
package struct Waitlist: Sendable, Hashable {
    package let application: ID
    package var startsAt: Timestamp
    package var cancelled: Bool
    /// R: spots promised to this list.
    package var reserved: Int
    package var release: Int
    /// How many messages of ApplicationService about this application were applied here.
    package var seen: Int
    /// The sequence number the next person gets; numbers never change and are never used twice.
    package var nextSequence: Int64
    /// How many are on the list.
    package var listed: Int
    /// How many of them were asked in this release.
    package var asked: Int
    /// How many of those asked hold an offer that has not lapsed.
    package var outstanding: Int
    /// Nobody before this sequence number is unasked.
    package var unaskedFrom: Int64
    package var nextRound: Int64
    /// Somebody left while spots were reserved, and the reservation that always follows (rules 3 and 5) has not come
    /// yet: until then the old one says nothing about whom to ask (rule 13).
    package var awaitsReservation: Bool
    package var scan: Scan?

    package init(
        application: ID, startsAt: Timestamp, cancelled: Bool = false, reserved: Int = 0, release: Int = 0,
        seen: Int = 0, nextSequence: Int64 = 1, listed: Int = 0, asked: Int = 0, outstanding: Int = 0,
        unaskedFrom: Int64 = 0, nextRound: Int64 = 1, awaitsReservation: Bool = false,
        scan: Scan? = nil
    ) {
        self.application = application
        self.startsAt = startsAt
        self.cancelled = cancelled
        self.reserved = reserved
        self.release = release
        self.seen = seen
        self.nextSequence = nextSequence
        self.listed = listed
        self.asked = asked
        self.outstanding = outstanding
        self.unaskedFrom = unaskedFrom
        self.nextRound = nextRound
        self.awaitsReservation = awaitsReservation
        self.scan = scan
    }

    /// A walk along the list in bounded steps. It is fixed when it begins: who is on the list, and until when.
    package struct Scan: Sendable, Hashable {
        package enum Purpose: Sendable, Hashable {
            /// Offers of this round go to the unasked.
            case offers
            /// The release goes to everybody: the unasked hear of it. The round number marks those told in parts.
            case openToAll
        }

        package var purpose: Purpose
        package var round: Int64
        /// The last sequence number looked at.
        package var cursor: Int64
        /// The last sequence number of the list when the scan began.
        package var end: Int64

        package init(purpose: Purpose, round: Int64, cursor: Int64, end: Int64) {
            self.purpose = purpose
            self.round = round
            self.cursor = cursor
            self.end = end
        }
    }
}

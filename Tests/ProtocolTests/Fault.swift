/// Broken variants of the rules, each of which the checker must catch: a check that cannot fail proves nothing.
enum Fault: String, CaseIterable, Sendable {
    /// Rule 8 without its guard: an answer to an older count ends the release.
    case seenIsIgnored
    /// Rules 3 and 5 without "sent even if unchanged".
    case repeatedReservationIsNotSent
    /// Rules 3 and 5 without the response to WaitlistService.
    case leavingIsNotSent
    /// Rule 2 without the difference between free and open.
    case newcomersTakePromisedSpots
    /// Rule 16 without "at exactly expires_at an accept is too late".
    case lateAcceptCounts
    /// Rule 3 without "at most once per release".
    case notChosenAgainAndAgain
    /// Rule 16 without lapsing.
    case nothingLapses
    /// Rule 12 without its answer.
    case listingIsNotConfirmed
    /// A round whose later parts are forgotten.
    case roundsEndAfterOnePage
    /// An opening that counts a newcomer's message as seen and does not name the newcomer.
    case newcomersMissTheOpening
}

/// An invariant does not hold.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

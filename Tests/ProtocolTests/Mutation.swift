/// Broken variants of the rules. The checker must catch each of them: a check that cannot fail proves nothing.
enum Mutation: String, CaseIterable, Sendable {
    /// Rule 8 without its guard: an answer to an older count ends the release.
    case ignoresSeen
    /// Rules 3 and 5 without "sent even if unchanged".
    case dropsRepeatedReservations
    /// Rules 3 and 5 without the response to WaitlistService.
    case dropsLeaving
    /// Rule 2 without the difference between free and open.
    case newcomersTakeReservedSpots
    /// Rule 16 without "at exactly expires_at an accept is too late".
    case acceptsLateClaims
    /// Rule 3 without "at most once per release".
    case repeatsNotChosen
    /// Rule 16 without lapsing.
    case offersNeverLapse
    /// Rule 12 without its answer.
    case dropsWaitingListRecords
    /// A round that sends only its first part.
    case roundsEndAfterOnePage
    /// Stored messages of a round that are applied in another order than they came.
    case answersOvertake
    /// An opening that counts a newcomer's message as seen but does not name the newcomer.
    case newcomersMissOpenings
    /// Rule 10 with a start that is latched: what a clock that was ahead has started stays so.
    case latchesStart
    /// Rule 10 without continuing the list when WaitlistService's clock is right again.
    case neverResumes
    /// Rule 1 without `min`: more is reserved than the list can use.
    case reservesForNobody
    /// Rule 1 without telling those who wait of spots that the list cannot use.
    case keepsOpenSpotsSecret
}

/// Why a response is in its state: the reason of its last change (contract section 8, "Caller's view"). The raw values
/// are the API's words.
package enum ResponseReason: String, Sendable, CaseIterable {
    /// Confirmed: the volunteer took an open spot (rules 2 and 3).
    case openSpotTaken = "open_spot_taken"
    /// Confirmed: the volunteer claimed an offered spot in time (rule 3).
    case offerAccepted = "offer_accepted"
    /// Waiting: no spot was open (rule 2).
    case noOpenSpot = "no_open_spot"
    /// Waiting: a spot is offered to the volunteer (rule 8).
    case spotOffered = "spot_offered"
    /// Waiting: the volunteer was told of spots that are open to all (rules 1 and 8).
    case spotsOpened = "spots_opened"
    /// Waiting: the volunteer's offer ended unanswered (rule 16). It follows from the clock and is never stored.
    case offerLapsed = "offer_lapsed"
    /// Waiting: others got the spot while the volunteer's offer was valid (rule 9).
    case notChosen = "not_chosen"
    /// Waiting: the volunteer accepted after the offer had ended, or after others took the open spots (rule 3).
    case tooLate = "too_late"
    /// Declined by the volunteer (rules 5 and 6).
    case declinedByVolunteer = "declined_by_volunteer"
    /// Declined by the fund or a service (rule 4).
    case removedByOrganiser = "removed_by_organiser"
    /// Waiting when the application started (rule 10). It follows from the clock and is never stored.
    case applicationStarted = "application_started"
    /// Confirmed or waiting when the application was cancelled (rule 11). It follows from the application's status and
    /// is never stored.
    case applicationCancelled = "application_cancelled"
}

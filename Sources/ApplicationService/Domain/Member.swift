package import Contracts

/// A volunteer's standing in one application.
package struct Member: Sendable, Hashable {
    package enum Standing: String, Sendable {
        case confirmed
        case waiting
        case declined
    }

    /// The right to claim a reserved spot until a time. It is valid only while its release is the current one; see
    /// `VolunteerApplication.validOffer(of:at:)`.
    package struct Offer: Sendable, Hashable {
        package var release: Int
        package var expiresAt: Timestamp

        package init(release: Int, expiresAt: Timestamp) {
            self.release = release
            self.expiresAt = expiresAt
        }
    }

    package let volunteer: ID
    package var standing: Standing
    /// When the response that led to this standing was accepted.
    package var since: Timestamp
    /// The latest offer. It is kept after it has lapsed, because the answer to a late accept depends on it (rule 3).
    package var offer: Offer?
    /// The last release in which this volunteer was sent `не выбрал`: at most once per release (rule 3).
    package var notChosenIn: Int
    /// The value of `VolunteerApplication.openings` that this volunteer was told of, or joined at (rule 1).
    package var toldOfOpening: Int
    /// Whether this volunteer has been sent `отменено`.
    package var toldOfCancellation: Bool
    /// Whether WaitlistService has confirmed that the current response is on its list.
    package var isListed: Bool

    package init(
        volunteer: ID, standing: Standing, since: Timestamp, offer: Offer? = nil, notChosenIn: Int = 0,
        toldOfOpening: Int = 0, toldOfCancellation: Bool = false, isListed: Bool = false
    ) {
        self.volunteer = volunteer
        self.standing = standing
        self.since = since
        self.offer = offer
        self.notChosenIn = notChosenIn
        self.toldOfOpening = toldOfOpening
        self.toldOfCancellation = toldOfCancellation
        self.isListed = isListed
    }
}

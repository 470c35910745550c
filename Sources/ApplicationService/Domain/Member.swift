package import Contracts

/// A volunteer's standing in one application.
package struct Member: Sendable, Hashable {
    package enum Standing: String, Sendable, CaseIterable {
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
    /// When this volunteer gave up a confirmed spot within the last hour, oldest first (rule 4).
    package var givenUpAt: [Timestamp]
    /// Who declined for this volunteer, as the caller's name; nil if the volunteer did it (rule 4).
    package var removedBy: String?
    /// Whether WaitlistService has confirmed that the current response is on its list.
    package var isListed: Bool
    /// Orders the members who wait as they are on WaitlistService's list: n, the number of the message with which this
    /// one joined it (rule 2). Nil unless waiting.
    package var sequence: Int?
    /// When the volunteer first responded; nil if an earlier version did not record it.
    package let createdAt: Timestamp?
    /// The last change that a decision made; see `VolunteerApplication.lastChange(of:at:)`. Nil if an earlier version
    /// did not record it.
    package var lastChange: ResponseChange?

    package init(
        volunteer: ID, standing: Standing, since: Timestamp, offer: Offer? = nil, notChosenIn: Int = 0,
        toldOfOpening: Int = 0, toldOfCancellation: Bool = false,
        givenUpAt: [Timestamp] = [], removedBy: String? = nil, isListed: Bool = false, sequence: Int? = nil,
        createdAt: Timestamp? = nil, lastChange: ResponseChange? = nil
    ) {
        self.volunteer = volunteer
        self.standing = standing
        self.since = since
        self.offer = offer
        self.notChosenIn = notChosenIn
        self.toldOfOpening = toldOfOpening
        self.toldOfCancellation = toldOfCancellation
        self.givenUpAt = givenUpAt
        self.removedBy = removedBy
        self.isListed = isListed
        self.sequence = sequence
        self.createdAt = createdAt
        self.lastChange = lastChange
    }

    /// How long it takes until this volunteer may accept again, nil if at once: after giving up a spot `limit` times
    /// within an hour, until the hour is over (rule 4). A time ahead of the clock counts for nothing: the clock was
    /// wrong then.
    /// - Parameter limit: `CHANGES_PER_HOUR`, 0 if there is none.
    package func waitAfterChanges(limit: Int, now: Timestamp) -> Duration? {
        let recent = recentChanges(now)
        guard limit > 0, recent.count >= limit else { return nil }
        return recent[recent.count - limit].advanced(by: Self.changePeriod) - now
    }

    /// Records that a confirmed spot is given up now.
    mutating func giveUp(at now: Timestamp, limit: Int) {
        givenUpAt = limit == 0 ? [] : recentChanges(now).suffix(limit - 1) + [now]
    }

    private func recentChanges(_ now: Timestamp) -> [Timestamp] {
        givenUpAt.filter { $0 <= now && now < $0.advanced(by: Self.changePeriod) }
    }

    private static let changePeriod: Duration = .seconds(3600)
}

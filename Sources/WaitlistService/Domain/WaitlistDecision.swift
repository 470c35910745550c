package import Contracts

/// A decision of WaitlistService about one list, while it is being made. Its verbs are the rules of contract section 5,
/// side W, pure and synchronous.
///
/// The results are the new counters (``list``), the messages to ApplicationService and the changes to rows.
package struct WaitlistDecision: Sendable {
    /// A change that the store has to make. The order of changes matters.
    package enum RowChange: Sendable, Hashable {
        case append(Entry)
        case remove(volunteer: ID)
        /// The entries with these sequence numbers count as asked in this round.
        case mark([Int64], round: Int64)
        case begin(OfferRound)
        case change(OfferRound)
        /// Delete all rounds of the list: every entry counts as unasked.
        case forgetRounds
        /// Delete the lapsed rounds: their members count as unasked again.
        case forgetLapsedRounds
        /// Send the offers of this round again with its new expiry, step by step.
        case resend(round: Int64)
    }

    /// One volunteer on the list.
    package struct Entry: Sendable, Hashable {
        package let sequence: Int64
        package let volunteer: ID
        /// Whether the volunteer was asked in this release.
        package var asked: Bool

        package init(sequence: Int64, volunteer: ID, asked: Bool = false) {
            self.sequence = sequence
            self.volunteer = volunteer
            self.asked = asked
        }
    }

    package internal(set) var list: Waitlist
    package let policy: OfferPolicy
    /// The application's zone: a window of days ends at the same civil time (contract section 1).
    private let zone: ZoneRules
    package let now: Timestamp
    /// The message of ApplicationService that is decided; nil for a timer or a step of a job.
    private let origin: MessageOrigin?
    package internal(set) var messages: [Message] = []
    package internal(set) var changes: [RowChange] = []

    package init(
        _ list: Waitlist, policy: OfferPolicy, zone: ZoneRules = .gmt, now: Timestamp, origin: MessageOrigin? = nil
    ) {
        self.list = list
        self.origin = origin
        self.zone = zone
        self.policy = policy
        self.now = now
    }

    // MARK: - Messages from ApplicationService, each noted in `seen`

    /// The application is open for responses. Repeated for a known list, it only changes the start.
    package mutating func create(startsAt: Timestamp) {
        countMessage()
        list.startsAt = startsAt
    }

    /// Rule 11. ApplicationService ignores free spots with an older `seen`, so after any update the list sends them
    /// again while spots are reserved.
    /// - Parameter liveRounds: the rounds whose offers have not lapsed; needed only if the start changes.
    package mutating func update(startsAt: Timestamp?, liveRounds: [OfferRound]) {
        countMessage()
        if let startsAt, startsAt != list.startsAt {
            list.startsAt = startsAt
            for var round in liveRounds {
                let expiry = policy.expiry(offeredAt: round.offeredAt, start: startsAt, in: zone)
                guard expiry != round.expiresAt else { continue }
                round.expiresAt = expiry
                changes.append(.change(round))
                if expiry > now { changes.append(.resend(round: round.number)) }
            }
        }
        offer()
    }

    /// Rule 11: ends the list, its offers and its reservation.
    package mutating func cancel() {
        countMessage()
        list.cancelled = true
        list.reserved = 0
        forgetAll()
    }

    /// Rule 12.
    /// - Parameter position: the volunteer's position if already on the list, else `nil`.
    package mutating func enqueue(_ volunteer: ID, since: Timestamp, position: Int?) {
        countMessage()
        // A later part of the state names the volunteer.
        if list.cancelled || list.isIncomplete { return }
        if position == nil {
            changes.append(.append(Entry(sequence: list.nextSequence, volunteer: volunteer)))
            list.nextSequence += 1
            list.listed += 1
        }
        messages.append(
            .waitingListRecord(
                WaitingListRecord(
                    userID: volunteer, applicationID: list.application, timestamp: .instant(since),
                    position: position ?? list.listed)))
        offer()
    }

    /// Rule 13: this alone never starts offers; the reservation that follows does.
    /// - Parameters:
    ///   - isListed: whether the volunteer is on the list.
    ///   - round: the round in which the volunteer was asked, if any.
    package mutating func remove(_ volunteer: ID, isListed: Bool, round: OfferRound?) {
        countMessage()
        list.awaitsReservation = list.reserved > 0
        guard isListed else { return }
        changes.append(.remove(volunteer: volunteer))
        list.listed -= 1
        guard var round else { return }
        list.asked -= 1
        if !round.lapsed { list.outstanding -= 1 }
        round.members -= 1
        changes.append(.change(round))
    }

    /// Rule 14.
    package mutating func reserve(_ message: NotifyFreeSpot) {
        countMessage()
        list.awaitsReservation = false
        let release = message.release ?? list.release
        guard release >= list.release, !list.cancelled else { return }
        if release > list.release { begin(release: release) }
        if message.availableSpots > list.reserved {
            // Volunteers whose offer lapsed are asked again for the additional spots.
            changes.append(.forgetLapsedRounds)
            list.asked = list.outstanding
            list.unaskedFrom = 0
            // A round in progress restarts at the top; it skips those it has asked already.
            if list.scan?.purpose == .offers { list.scan?.cursor = 0 }
        }
        list.reserved = message.availableSpots
        if list.reserved == 0 { forgetAll() } else { offer() }
    }

    /// An operator discarded a message that could not be applied. It counts as seen all the same: otherwise no answer
    /// would match ApplicationService's count again.
    package mutating func discarded() {
        countMessage()
        list.awaitsReservation = false
        offer()
    }

    /// Notes how far ApplicationService had come with the application when it sent the message; without a stamp, from
    /// an earlier version, the messages are counted.
    mutating func countMessage() {
        list.seen = origin?.stamp?.sent ?? list.seen + 1
        if let origin { list.epoch = origin.epoch }
    }

    private mutating func begin(release: Int) {
        list.release = release
        list.reserved = 0
        forgetAll()
    }

    // MARK: - Offers

    /// Rule 10: the clock was ahead and is right again. Offers that lapsed by it are over, but the start is still to
    /// come.
    package mutating func resume() {
        if list.outstanding == 0 { offer() }
    }

    /// Rule 16: the offers of the round lapse.
    package mutating func lapse(_ round: OfferRound) {
        guard !round.lapsed, now >= round.expiresAt else { return }
        var lapsed = round
        lapsed.lapsed = true
        changes.append(.change(lapsed))
        list.outstanding -= round.members
        if list.scan?.round == round.number { list.scan = nil }
        offer()
    }

    /// Rule 15: decides whether to make offers or open the spots to all. The scan that this begins sends the messages
    /// in steps.
    mutating func offer() {
        guard list.reserved > 0, !list.awaitsReservation, !list.isIncomplete, !list.cancelled,
            now < list.startsAt
        else { return }
        if list.scan?.purpose == .offers { return }  // The end of a round in progress calls this again.
        if hasCandidates {
            let number = list.nextRound
            list.nextRound += 1
            let expiry = policy.expiry(offeredAt: now, start: list.startsAt, in: zone)
            changes.append(.begin(OfferRound(number: number, offeredAt: now, expiresAt: expiry)))
            beginScan(.offers, round: number)
        } else if list.outstanding == 0, list.scan == nil {
            beginScan(.openToAll, round: 0)
        }
    }

    private var hasCandidates: Bool {
        guard list.listed > list.asked else { return false }
        switch policy.factor {
        case .all: return list.outstanding == 0 && list.asked == 0
        case .perSpot(let count): return list.outstanding < count * list.reserved
        }
    }

    private mutating func beginScan(_ purpose: Waitlist.Scan.Purpose, round: Int64) {
        list.scan = Waitlist.Scan(
            purpose: purpose, round: round, cursor: max(0, list.unaskedFrom - 1), end: list.nextSequence - 1)
    }

    private mutating func forgetAll() {
        changes.append(.forgetRounds)
        list.asked = 0
        list.outstanding = 0
        list.unaskedFrom = 0
        list.scan = nil
    }

    // MARK: - Used by the steps of a scan

    mutating func moveCursor(to sequence: Int64) {
        list.scan?.cursor = sequence
    }

    mutating func extendScan() {
        list.scan?.end = list.nextSequence - 1
    }

    mutating func endScan() {
        list.scan = nil
    }

    /// Ends the scan and records how far down the list everyone has been asked: to the scan's end if it was reached,
    /// else to its cursor.
    mutating func finishScan(reachedEnd: Bool) {
        guard let scan = list.scan else { return }
        if scan.purpose == .offers { list.unaskedFrom = (reachedEnd ? scan.end : scan.cursor) + 1 }
        list.scan = nil
    }

    mutating func closeEmpty(_ round: OfferRound) {
        var closed = round
        closed.lapsed = true
        changes.append(.change(closed))
        list.unaskedFrom = 0
    }

    mutating func mark(_ entries: [Entry], in round: OfferRound, holdingOffers: Bool) {
        var round = round
        round.members += entries.count
        changes.append(.mark(entries.map(\.sequence), round: round.number))
        changes.append(.change(round))
        list.asked += entries.count
        if holdingOffers { list.outstanding += entries.count }
    }

    /// Begins a round that holds no offers: it only marks the volunteers who were told, in an earlier part, that the
    /// spots are open to all.
    mutating func beginRoundWithoutOffers() -> OfferRound {
        let round = OfferRound(number: list.nextRound, offeredAt: now, expiresAt: now, lapsed: true)
        list.nextRound += 1
        list.scan?.round = round.number
        changes.append(.begin(round))
        return round
    }

    /// Sends `notify_free_spot`: with `expiresAt` these volunteers hold offers, without it anyone may take the spots.
    mutating func sendFreeSpots(to entries: [Entry], expiresAt: Timestamp?, more: Bool? = nil) {
        messages.append(
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: list.application, availableSpots: list.reserved,
                    waitingVolunteers: entries.map(\.volunteer), release: list.release,
                    expiresAt: expiresAt.map { .instant($0) }, seen: list.seen,
                    epoch: list.epoch == 0 ? nil : list.epoch, more: more)))
    }
}

package import Contracts
package import Foundation

/// A decision of WaitlistService under way about one list. Its verbs are the rules of contract section 5, side W:
/// pure and synchronous. They leave the new counters, the messages to ApplicationService and what is to be done
/// with rows in this value.
package struct WaitlistDecision: Sendable {
    /// What the store must do to rows, in this order.
    package enum RowChange: Sendable, Hashable {
        case append(Entry)
        case remove(volunteer: ID)
        /// These people now count as asked in this round.
        case mark([Int64], round: Int64)
        case begin(OfferRound)
        case change(OfferRound)
        /// Everybody counts as unasked: all rounds of the list go.
        case forgetRounds
        /// Those whose offers lapsed count as unasked again.
        case forgetLapsedRounds
        /// The offers of this round go out again, with its new end, step by step.
        case resend(round: Int64)
    }

    /// One person on the list.
    package struct Entry: Sendable, Hashable {
        package let sequence: Int64
        package let volunteer: ID
        /// Whether the person counts as asked in this release.
        package var asked: Bool

        package init(sequence: Int64, volunteer: ID, asked: Bool = false) {
            self.sequence = sequence
            self.volunteer = volunteer
            self.asked = asked
        }
    }

    package private(set) var list: Waitlist
    package let policy: OfferPolicy
    /// The application's: a window of days ends at the same civil time (contract section 1).
    private let zone: TimeZone
    package let now: Timestamp
    package private(set) var messages: [Message] = []
    package private(set) var changes: [RowChange] = []

    package init(_ list: Waitlist, policy: OfferPolicy, zone: TimeZone = .gmt, now: Timestamp) {
        self.list = list
        self.zone = zone
        self.policy = policy
        self.now = now
    }

    // MARK: - Messages of ApplicationService, each counted in `seen`

    /// The application is open for responses. A create for a list that is known already changes only the start.
    package mutating func create(startsAt: Timestamp) {
        list.seen += 1
        list.startsAt = startsAt
    }

    /// Rule 11. Whatever changed, an answer with an older count was ignored: while spots are reserved, the list
    /// answers again.
    package mutating func update(startsAt: Timestamp?, liveRounds: [OfferRound]) {
        list.seen += 1
        if let startsAt, startsAt != list.startsAt {
            list.startsAt = startsAt
            for var round in liveRounds {
                let end = policy.end(of: round.offeredAt, start: startsAt, in: zone)
                guard end != round.expiresAt else { continue }
                round.expiresAt = end
                changes.append(.change(round))
                if end > now { changes.append(.resend(round: round.number)) }
            }
        }
        offer()
    }

    /// Rule 11: ends list, offers and reservation.
    package mutating func cancel() {
        list.seen += 1
        list.cancelled = true
        list.reserved = 0
        forgetAll()
    }

    /// Rule 12.
    /// - Parameter place: the place on the list of somebody who is on it already, else nil.
    package mutating func wait(_ volunteer: ID, since: Timestamp, place: Int?) {
        list.seen += 1
        if list.cancelled { return }
        if place == nil {
            changes.append(.append(Entry(sequence: list.nextSequence, volunteer: volunteer)))
            list.nextSequence += 1
            list.listed += 1
        }
        messages.append(
            .waitingListRecord(
                WaitingListRecord(
                    userID: volunteer, applicationID: list.application, timestamp: .instant(since),
                    position: place ?? list.listed)))
        offer()
    }

    /// Rule 13: this alone never starts offers; the reservation that follows does.
    /// - Parameters:
    ///   - present: whether the volunteer is on the list.
    ///   - round: the round that counts the person as asked, if any.
    package mutating func leave(_ volunteer: ID, present: Bool, round: OfferRound?) {
        list.seen += 1
        list.awaitsReservation = list.reserved > 0
        guard present else { return }
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
        list.seen += 1
        list.awaitsReservation = false
        let release = message.release ?? list.release
        guard release >= list.release, !list.cancelled else { return }
        if release > list.release {
            list.release = release
            list.reserved = 0
            forgetAll()
        }
        if message.availableSpots > list.reserved {
            // Those who let an offer lapse are asked again for the spots that came on top.
            changes.append(.forgetLapsedRounds)
            list.asked = list.outstanding
            list.unaskedFrom = 0
            // A round under way starts over at the top: those asked in it already are passed by.
            if list.scan?.purpose == .offers { list.scan?.cursor = 0 }
        }
        list.reserved = message.availableSpots
        if list.reserved == 0 { forgetAll() } else { offer() }
    }

    /// A message that could not be applied and was discarded by an operator still counts, else no answer would
    /// ever fit ApplicationService's count again.
    package mutating func discarded() {
        list.seen += 1
        list.awaitsReservation = false
        offer()
    }

    // MARK: - Offers

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

    /// Rule 15. Decides what the list owes ApplicationService now; the scan that it begins sends it in steps.
    mutating func offer() {
        guard list.reserved > 0, !list.awaitsReservation, !list.cancelled, now < list.startsAt else { return }
        if list.scan?.purpose == .offers { return }  // A round under way looks again at its end.
        if hasCandidates {
            let number = list.nextRound
            list.nextRound += 1
            let end = policy.end(of: now, start: list.startsAt, in: zone)
            changes.append(.begin(OfferRound(number: number, offeredAt: now, expiresAt: end)))
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

    // MARK: - What the steps of a scan share

    mutating func moveCursor(to sequence: Int64) {
        list.scan?.cursor = sequence
    }

    mutating func extendScan() {
        list.scan?.end = list.nextSequence - 1
    }

    mutating func endScan() {
        list.scan = nil
    }

    /// Ends the scan, and remembers that nobody before its cursor is unasked; `reachedEnd`: nobody up to its end.
    mutating func finishScan(reachedEnd: Bool) {
        guard let scan = list.scan else { return }
        if scan.purpose == .offers { list.unaskedFrom = (reachedEnd ? scan.end : scan.cursor) + 1 }
        list.scan = nil
    }

    mutating func changeToEmpty(_ round: OfferRound) {
        var empty = round
        empty.lapsed = true
        changes.append(.change(empty))
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

    /// A round that holds no offers: it only remembers who was told in parts that the spots are open to all.
    mutating func beginTold() -> OfferRound {
        let round = OfferRound(number: list.nextRound, offeredAt: now, expiresAt: now, lapsed: true)
        list.nextRound += 1
        list.scan?.round = round.number
        changes.append(.begin(round))
        return round
    }

    mutating func answer(_ entries: [Entry], expiresAt: Timestamp?, more: Bool? = nil) {
        messages.append(
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: list.application, availableSpots: list.reserved,
                    waitingVolunteers: entries.map(\.volunteer), release: list.release,
                    expiresAt: expiresAt.map { .instant($0) }, seen: list.seen, more: more)))
    }
}

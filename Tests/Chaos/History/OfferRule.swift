import Contracts
import Foundation

/// If `OFFER_FACTOR` is a number, at most that many volunteers hold offers per reserved spot (rule 15).
struct OfferRule {
    /// The reservation of one application's list, as far as WaitlistService had read ApplicationService's messages.
    struct ReservationState {
        private(set) var release = 0
        private(set) var reserved = 0
        /// All starts that the application ever had.
        private(set) var starts: Set<Timestamp> = []
        private let zone: String
        private var content: ApplicationContent?
        /// When the offers of the volunteers named in this release lapse.
        fileprivate var holding: [ID: Timestamp] = [:]

        init(zone: String) { self.zone = zone }

        mutating func read(_ message: Message) {
            switch message {
            case .create(let create): content = ApplicationContent(create, zone: zone)
            case .update(let update): content = content?.updated(by: update)
            case .notifyFreeSpot(let reservation): reserve(reservation)
            default: return
            }
            if let content { starts.insert(content.startsAt) }
        }

        private mutating func reserve(_ reservation: NotifyFreeSpot) {
            if reservation.release != release || reservation.availableSpots == 0 { holding = [:] }
            release = reservation.release ?? release
            reserved = reservation.availableSpots
        }
    }

    private let factor: Int?
    private let window: ISODuration
    /// When WaitlistService's clock was wrong. Otherwise offers lapse exactly at their `expires_at`.
    private let clockChanges: [ClockChange]
    /// By how much it was ahead at most.
    private let mostAhead: Duration

    /// How much later than asked a clock may change.
    private static let clockDelay: Duration = .seconds(1)

    init(_ history: History) {
        factor = history.conditions.offerFactor
        window = history.conditions.offerWindow
        clockChanges = history.clockChanges.filter { $0.service == .waitlist }
        mostAhead = clockChanges.map(\.offset).max().map { max(.zero, $0) } ?? .zero
    }

    /// - Parameter index: the number of messages observed before the round.
    func check(
        _ round: NotifyFreeSpot, at index: Int, release: Int, to order: [ID],
        _ reservationState: inout ReservationState
    ) -> Violation? {
        guard let factor, let end = round.expiresAt?.timestamp(in: .gmt), release == reservationState.release else {
            return nil
        }
        let named = round.waitingVolunteers
        let before = reservationState.holding
        for volunteer in named { reservationState.holding[volunteer] = end }
        // Volunteers who are told of a new expiry hold their offers already.
        if named.allSatisfy({ before[$0] != nil }) { return nil }
        var count = named.count
        // An offer that ends at the start, or moved with it, does not show when it was made.
        if reservationState.starts.count == 1, !reservationState.starts.contains(end) {
            let offeredAt = end.advanced(by: .zero - window.time)
            let waits = Set(order).subtracting(named)
            count += before.count {
                waits.contains($0.key) && $0.value > offeredAt
                    && !hasLapsed($0.value, before: index, offeredAt: offeredAt)
            }
        }
        guard count > factor * reservationState.reserved else { return nil }
        let text = "\(count) hold offers for \(reservationState.reserved) spots; \(factor) per spot are allowed"
        return Violation(.tooManyOffers, application: round.applicationID, volunteer: named.last, text)
    }

    /// Whether a wrong clock explains that an offer had lapsed when the next round was made, at `offeredAt` by that
    /// clock: it was ahead and showed the offer's end, or the end had come before it was set back.
    private func hasLapsed(_ end: Timestamp, before index: Int, offeredAt: Timestamp) -> Bool {
        // The offer was made by a clock that may have been ahead too.
        let offered = end.advanced(by: .zero - window.time - mostAhead)
        return clockChanges.contains { change in
            guard change.after <= index else { return false }
            if change.offset > .zero {
                return change.ended >= offered && change.latest.advanced(by: Self.clockDelay) >= end
            }
            return change.began.advanced(by: Self.clockDelay) >= end
                && offeredAt <= change.latest.advanced(by: Self.clockDelay)
        }
    }
}

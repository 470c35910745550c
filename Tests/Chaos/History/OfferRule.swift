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
        private var content: ApplicationContent?
        /// When the offers of the volunteers named in this release lapse.
        fileprivate var holding: [ID: Timestamp] = [:]

        mutating func read(_ message: Message) {
            switch message {
            case .create(let create): content = ApplicationContent(create)
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
    /// Whether WaitlistService's clock was never changed: then offers lapse exactly at their `expires_at`.
    private let isClockUnchanged: Bool

    init(_ history: History) {
        factor = history.conditions.offerFactor
        window = history.conditions.offerWindow
        isClockUnchanged = !history.changedClocks.contains(.waitlist)
    }

    func check(
        _ round: NotifyFreeSpot, release: Int, to order: [ID], _ reservationState: inout ReservationState
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
        if isClockUnchanged, reservationState.starts.count == 1, !reservationState.starts.contains(end) {
            let offeredAt = end.advanced(by: .zero - window.time)
            let waits = Set(order).subtracting(named)
            count += before.count { waits.contains($0.key) && $0.value > offeredAt }
        }
        guard count > factor * reservationState.reserved else { return nil }
        let text = "\(count) hold offers for \(reservationState.reserved) spots; \(factor) per spot are allowed"
        return Violation(.tooManyOffers, application: round.applicationID, volunteer: named.last, text)
    }
}

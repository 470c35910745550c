import Contracts
import Foundation

/// With `OFFER_FACTOR` a number, at most so many hold offers for each reserved spot (contract section 5, rule 15).
struct OfferRule {
    /// What one application's list was promised, as far as WaitlistService had read.
    struct Promises {
        private(set) var release = 0
        private(set) var reserved = 0
        /// All that the application's start ever was.
        private(set) var starts: Set<Timestamp> = []
        private var particulars: Particulars?
        /// Until when those named in this release hold their offers.
        fileprivate var holding: [ID: Timestamp] = [:]

        mutating func read(_ message: Message) {
            switch message {
            case .create(let create): particulars = Particulars(create)
            case .update(let update): particulars = particulars?.updated(by: update)
            case .notifyFreeSpot(let reservation): reserve(reservation)
            default: return
            }
            if let particulars { starts.insert(particulars.startsAt) }
        }

        private mutating func reserve(_ reservation: NotifyFreeSpot) {
            if reservation.release != release || reservation.availableSpots == 0 { holding = [:] }
            release = reservation.release ?? release
            reserved = reservation.availableSpots
        }
    }

    private let factor: Int?
    private let window: ISODuration
    /// Whether WaitlistService's clock was never set: then an offer has lapsed when its time is over, and not before.
    private let hasTrueClock: Bool

    init(_ history: History) {
        factor = history.conditions.offerFactor
        window = history.conditions.offerWindow
        hasTrueClock = !history.movedClocks.contains(.waitlist)
    }

    func judge(
        _ round: NotifyFreeSpot, release: Int, to order: [ID], _ promises: inout Promises
    ) -> Objection? {
        guard let factor, let end = round.expiresAt?.timestamp(in: .gmt), release == promises.release else {
            return nil
        }
        let named = round.waitingVolunteers
        let before = promises.holding
        for volunteer in named { promises.holding[volunteer] = end }
        // Those who are told of a new end hold their offers already.
        if named.allSatisfy({ before[$0] != nil }) { return nil }
        var count = named.count
        // What ends with the start, or moved with it, does not tell when it was offered.
        if hasTrueClock, promises.starts.count == 1, !promises.starts.contains(end) {
            let offeredAt = end.advanced(by: .zero - window.time)
            let waits = Set(order).subtracting(named)
            count += before.count { waits.contains($0.key) && $0.value > offeredAt }
        }
        guard count > factor * promises.reserved else { return nil }
        let text = "\(count) hold offers for \(promises.reserved) spots, \(factor) each are allowed"
        return Objection(.overoffered, application: round.applicationID, volunteer: named.last, text)
    }
}

package import Contracts
package import Foundation

/// How many of those who wait hold offers at once: `OFFER_FACTOR`, and for how long: `OFFER_WINDOW`.
package struct OfferPolicy: Sendable, Hashable {
    package enum Factor: Sendable, Hashable {
        /// Everybody who waits: the first to accept gets the spot.
        case all
        /// So many per reserved spot, in the order of the list.
        case perSpot(Int)
    }

    package var factor: Factor
    package var window: ISODuration

    package init(factor: Factor, window: ISODuration) {
        self.factor = factor
        self.window = window
    }

    /// Rule 16: offers end with their window, or with the start if that is sooner.
    package func end(of offeredAt: Timestamp, start: Timestamp, in zone: TimeZone) -> Timestamp {
        min(window.after(offeredAt, in: zone), start)
    }
}

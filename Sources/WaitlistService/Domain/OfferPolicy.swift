package import Contracts
package import Foundation

/// How many of those who wait hold offers at once: `OFFER_FACTOR`, and for how long: `OFFER_WINDOW`.
package struct OfferPolicy: Sendable, Hashable {
    package enum Factor: Sendable, Hashable {
        /// Everybody who waits: the first to accept gets the spot.
        case all
        /// So many per reserved spot, in the order of the list.
        case perSpot(Int)

        /// Reads `all`, or a whole number from 1 to 1000.
        package init?(parsing text: String) {
            guard text != "all" else {
                self = .all
                return
            }
            guard let count = Int(text), (1...1000).contains(count) else { return nil }
            self = .perSpot(count)
        }
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

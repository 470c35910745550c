package import Contracts

/// How many waiting volunteers hold offers at the same time (`OFFER_FACTOR`), and for how long (`OFFER_WINDOW`).
package struct OfferPolicy: Sendable, Hashable {
    package enum Factor: Sendable, Hashable {
        /// Everyone on the list: the first to accept gets the spot.
        case all
        /// This many volunteers per reserved spot, in the order of the list.
        case perSpot(Int)

        /// Parses `all` or an integer from 1 to 1000; `nil` for any other text.
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

    /// When an offer made at `offeredAt` lapses: at the end of the window, or at the start if that is earlier
    /// (rule 16).
    package func expiry(offeredAt: Timestamp, start: Timestamp, in zone: ZoneRules) -> Timestamp {
        min(window.after(offeredAt, in: zone), start)
    }
}

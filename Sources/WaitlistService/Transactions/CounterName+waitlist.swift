import Ledger

extension CounterName {
    /// Offers sent to volunteers, including those sent again with a new end.
    static let offers = CounterName("offers")
}

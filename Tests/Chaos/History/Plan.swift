package import Contracts

/// What a run does, and when: all of it follows from the seed, the length and the time it begins at.
package struct Plan: Sendable {
    package struct Line: Sendable {
        /// Since the run's beginning; when the world is behind, as soon as it can.
        package let at: Duration
        package let command: Command
    }

    package let seed: UInt64
    package let length: Duration
    package let conditions: Conditions
    package private(set) var lines: [Line] = []
    package private(set) var faults: [Fault] = []

    /// The notifier's, and so near to the start that a run sees them.
    package static let leads = [ISODuration(time: .seconds(20)), ISODuration(time: .seconds(6))]
    /// How far at most a clock is set forward.
    package static let clockAhead: Duration = .seconds(2 * 86_400)
    /// Faults end so long before the run does.
    private static let calm: Duration = .seconds(2)

    package init(seed: UInt64, length: Duration, begins: Timestamp) {
        self.seed = seed
        self.length = length
        conditions = Conditions(seed: seed)
        let crowd = conditions.offerFactor == nil ? Crowd(seed: seed, length: length) : nil
        // Load and faults each have a generator each, so that one can change without the other.
        var load = Load(seed: seed, begins: begins, length: length, crowd: crowd)
        lines = load.write()
        var mischief = Mischief(
            seed: seed, length: length - Self.calm, conditions: conditions, beats: crowd?.beats ?? [])
        faults = mischief.write()
    }
}

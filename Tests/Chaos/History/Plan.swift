package import Contracts

/// What a run does, and when. The seed, the length and the start time determine all of it.
package struct Plan: Sendable {
    package struct ScheduledCommand: Sendable {
        /// Since the beginning of the run. A command that is late is sent as soon as possible.
        package let at: Duration
        package let command: Command
    }

    package let seed: UInt64
    package let length: Duration
    package let conditions: Conditions
    package private(set) var commands: [ScheduledCommand] = []
    package let http: HTTPLoad
    package private(set) var faults: [Fault] = []
    /// The number of the first command after the plan's.
    package var nextNumber: Int { max(commands.count, http.nextNumber) }

    /// `REMINDERS`, so short that reminders are due within a run.
    package static let leads = [ISODuration(time: .seconds(20)), ISODuration(time: .seconds(6))]
    /// The maximum by which a clock is set forward.
    package static let clockAhead: Duration = .seconds(2 * 86_400)
    /// The time between the last fault and the end of the run.
    private static let calm: Duration = .seconds(2)

    /// - Parameter conditions: those of the seed if nil.
    package init(seed: UInt64, length: Duration, begins: Timestamp, conditions: Conditions? = nil) {
        self.seed = seed
        self.length = length
        self.conditions = conditions ?? Conditions(seed: seed)
        let conditions = self.conditions
        let longList = conditions.offerFactor == nil ? LongListLoad(seed: seed, length: length) : nil
        // Load and faults use separate random numbers: one can change without changing the other.
        var load = Load(seed: seed, begins: begins, length: length, zone: conditions.zone, longList: longList)
        commands = load.generate()
        http = HTTPLoad(seed: seed, begins: begins, length: length - Self.calm, conditions: conditions)
        var faultSchedule = FaultSchedule(
            seed: seed, length: length - Self.calm, conditions: conditions, triggers: longList?.triggers ?? [])
        faults = faultSchedule.generate()
    }
}

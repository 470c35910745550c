/// A way for commands into the services, and the same way without the services as its reference.
protocol LatencySubject {
    var name: String { get }
    var referenceName: String { get }

    /// Sends commands as fast as possible.
    /// - Returns: how many a second the services take, until the last user is told.
    mutating func capacity() throws -> Double

    /// Sends commands on schedule.
    /// - Parameter rate: commands per second.
    mutating func measure(at rate: Double, seconds: Double) throws -> LatencyMeasurement

    /// The same with the reference.
    mutating func measureReference(at rate: Double, seconds: Double) throws -> [Delay]
}

/// The latencies of one rate in one round.
struct LatencyMeasurement {
    /// Until the outcome of each command.
    let outcomes: [Delay]
    /// Until the broker has confirmed each command; empty if commands do not come through the broker.
    var confirms: [Delay] = []
}

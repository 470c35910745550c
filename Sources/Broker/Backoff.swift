/// The delay before the next connection attempt: full jitter below a ceiling that doubles from 0.1 s to 5 s, so that a
/// broker that comes back is reconnected to quickly, but not by all clients at once.
struct Backoff {
    static let initialCeiling = Duration.milliseconds(100)
    static let maxCeiling = Duration.seconds(5)

    private var ceiling = Backoff.initialCeiling

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { ceiling = min(ceiling * 2, Self.maxCeiling) }
        let milliseconds = Int64(ceiling / .milliseconds(1))
        // At least 10 ms: an attempt costs the broker a process and a login.
        return .milliseconds(Int64.random(in: 10...max(milliseconds, 10), using: &generator))
    }

    mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    mutating func reset() { ceiling = Self.initialCeiling }
}

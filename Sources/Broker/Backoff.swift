/// How long to wait before the next attempt: full jitter below a ceiling that doubles from 0.1 s to 5 s, so that a
/// returning broker is met neither late nor by everybody at once.
struct Backoff {
    static let first = Duration.milliseconds(100)
    static let most = Duration.seconds(5)

    private var ceiling = Backoff.first

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { ceiling = min(ceiling * 2, Self.most) }
        let milliseconds = Int64(ceiling / .milliseconds(1))
        // Not below 10 ms: an attempt costs the broker a process and a login.
        return .milliseconds(Int64.random(in: 10...max(milliseconds, 10), using: &generator))
    }

    mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    mutating func reset() { ceiling = Self.first }
}

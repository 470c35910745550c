/// When a delivery that failed is tried again.
package struct RetrySchedule: Sendable, Hashable {
    /// The time before each attempt after the first.
    package let steps: [Duration]

    /// 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h: eight attempts in a day.
    package static let standard = RetrySchedule(
        steps: [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000].map(Duration.seconds))
    /// By how much a step is made shorter or longer, so that receivers that were away together are not called together.
    private static let jitter = 0.8...1.2

    package init(steps: [Duration]) { self.steps = steps }

    /// The longest time between two attempts: a receiver may ask for twice the step.
    package var longestDelay: Duration { (steps.max() ?? .zero) * 2 }

    /// The time until the next attempt, or nil after the last one.
    /// - Parameters:
    ///   - attempts: how many were made, at least one.
    ///   - retryAfter: what the receiver asked for; it counts between once and twice the step.
    ///   - random: from 0 to 1.
    package func delay(after attempts: Int, retryAfter: Duration? = nil, random: Double) -> Duration? {
        guard steps.indices.contains(attempts - 1) else { return nil }
        let step = steps[attempts - 1]
        if let retryAfter { return min(max(retryAfter, step), step * 2) }
        return step * (Self.jitter.lowerBound + random * (Self.jitter.upperBound - Self.jitter.lowerBound))
    }
}

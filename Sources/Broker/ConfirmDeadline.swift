/// How long a publisher waits for a confirm before it opens its channel again. A value without I/O.
package struct ConfirmDeadline: Sendable, Hashable {
    /// Far longer than a healthy broker needs, even while a new leader of a queue is elected.
    package static let initialLimit: Duration = .seconds(30)
    /// A broker that confirms nothing on new channels either is only overloaded by more of them.
    package static let maxLimit: Duration = .seconds(300)

    private var limit = initialLimit
    /// Messages that wait since before this time count from then on.
    private var start: ContinuousClock.Instant?

    package init() {}

    /// Nothing has been published yet on this channel, or the broker takes messages again.
    package mutating func restart(at time: ContinuousClock.Instant) { start = time }

    /// The broker has confirmed or refused a message.
    package mutating func reset() { limit = Self.initialLimit }

    /// Returns the limit if the oldest message has waited longer. The next limit is twice as long, until a confirm.
    package mutating func passed(oldest: ContinuousClock.Instant, at now: ContinuousClock.Instant) -> Duration? {
        guard now - max(oldest, start ?? oldest) >= limit else { return nil }
        defer { limit = min(limit * 2, Self.maxLimit) }
        return limit
    }
}

package import Contracts
package import Webhooks

/// How far a delivery has come: the state, the attempts that were made, and when the next one is due.
package struct DeliveryProgress: Sendable, Hashable {
    /// The words are stored and shown to callers.
    package enum State: String, Sendable, CaseIterable {
        case pending
        case delivered
        /// The last attempt has failed, the receiver wants no more (410), or the endpoint was deleted.
        case failed
        /// The endpoint was disabled. It can be replayed.
        case skipped
    }

    package private(set) var state: State
    /// All that were made, over all replays.
    package private(set) var attempts: Int
    /// Those since it began, or was replayed last: the place in the schedule.
    package private(set) var step: Int
    /// When the next attempt is due; nil unless it is pending.
    package private(set) var due: Timestamp?
    /// Whether the next attempt is made even if the endpoint is disabled, because the caller has asked for it.
    package private(set) var isForced: Bool
    /// The status of the last answer; nil if the last attempt got none.
    package private(set) var lastStatus: Int?
    /// Why the last attempt got no answer, or why there was no attempt; nil if it got one.
    package private(set) var lastError: String?

    /// Why a delivery ended whose endpoint the caller has deleted.
    package static let endpointDeleted = "endpoint_deleted"
    /// Why a delivery was skipped.
    package static let endpointDisabled = "endpoint_disabled"
    /// The receiver wants no more of this (RFC 9110 section 15.5.11).
    static let gone = 410

    /// As stored.
    package init(
        state: State, attempts: Int, step: Int, due: Timestamp?, isForced: Bool, lastStatus: Int?, lastError: String?
    ) {
        self.state = state
        self.attempts = attempts
        self.step = step
        self.due = due
        self.isForced = isForced
        self.lastStatus = lastStatus
        self.lastError = lastError
    }

    /// A new one, due at once.
    package init(at now: Timestamp, isForced: Bool = false) {
        self.init(
            state: .pending, attempts: 0, step: 0, due: now, isForced: isForced, lastStatus: nil, lastError: nil)
    }

    /// A new one to an endpoint that is disabled.
    package init(skippedAt now: Timestamp) {
        self.init(at: now)
        skip()
    }

    /// - Parameters:
    ///   - now: when the attempt ended.
    ///   - random: from 0 to 1, for the schedule.
    package mutating func record(
        _ outcome: AttemptOutcome, at now: Timestamp, schedule: RetrySchedule, random: Double
    ) {
        attempts += 1
        step += 1
        isForced = false
        var retryAfter: Duration?
        switch outcome {
        case .failed(let failure):
            lastStatus = nil
            lastError = failure.rawValue
        case .answered(let status, let wish, _):
            lastStatus = status
            lastError = nil
            if outcome.isSuccess { return end(.delivered) }
            if status == Self.gone { return end(.failed) }
            retryAfter = wish.flatMap { RetryAfter.delay($0, now: now) }
        }
        guard let delay = schedule.delay(after: step, retryAfter: retryAfter, random: random) else {
            return end(.failed)
        }
        due = now.advanced(by: delay)
    }

    /// The endpoint is disabled.
    package mutating func skip() {
        lastStatus = nil
        lastError = Self.endpointDisabled
        end(.skipped)
    }

    /// The caller has deleted the endpoint.
    package mutating func abandon() {
        lastStatus = nil
        lastError = Self.endpointDeleted
        end(.failed)
    }

    /// The schedule begins again with an attempt at once.
    package mutating func replay(at now: Timestamp, isForced: Bool) {
        state = .pending
        step = 0
        due = now
        self.isForced = isForced
    }

    /// An attempt that was planned by a clock that was ahead.
    package mutating func moveUp(to latest: Timestamp) {
        due = due.map { min($0, latest) }
    }

    private mutating func end(_ state: State) {
        self.state = state
        due = nil
        isForced = false
    }
}

extension AttemptOutcome {
    package var isAnswer: Bool {
        if case .answered = self { true } else { false }
    }

    package var isSuccess: Bool {
        if case .answered(200..<300, _, _) = self { true } else { false }
    }
}

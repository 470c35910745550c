package import Contracts
import OrderedCollections

/// The control messages of a partition, without I/O: those that wait, and those that have no outcome yet. None is
/// stored. A lost one is sent again with the next head or report; but one that is nacked is published again soon, and a
/// recipient that nacks for long is a reason to open a new channel, because the recipient's stream may stand still
/// until its head is answered.
package struct ControlQueue: Sendable {
    /// What a control message is about: a later one replaces an earlier one that still waits.
    private struct Subject: Hashable {
        let recipient: Address
        let stream: StreamName?
        let action: Action
        let isReport: Bool

        init(_ control: ControlMessage) {
            recipient = control.recipient
            action = control.message.action
            switch control.message {
            case .streamApplied(let applied): (stream, isReport) = (applied.stream, applied.isReport)
            case .resend(let resend): (stream, isReport) = (resend.stream, false)
            default: (stream, isReport) = (nil, false)
            }
        }
    }

    /// A recipient whose last message was nacked.
    private struct Failure {
        /// Nil on a channel on which nothing was nacked yet.
        var since: Timestamp?
        var attempts = 0
        var retryAt = Timestamp(milliseconds: .min)
        /// How long it may fail before the channel is opened again.
        var reopenAfter = RelayState.initialReopenTime
    }

    /// The maximum number that wait; above it the oldest are dropped.
    package static let limit = 10_000

    private var waiting: OrderedDictionary<Subject, ControlMessage> = [:]
    private var inFlight: [RelayState.PublishID: ControlMessage] = [:]
    private var failures: [Address: Failure] = [:]
    /// Counts down from the maximum: the relay numbers its messages from 1, so the ids never collide.
    private var lastPublishID = RelayState.PublishID.max

    package init() {}

    package mutating func enqueue(_ controls: [ControlMessage]) {
        for control in controls {
            let subject = Subject(control)
            waiting.removeValue(forKey: subject)
            waiting[subject] = control
        }
        if waiting.count > Self.limit { waiting.removeFirst(waiting.count - Self.limit) }
    }

    /// The next messages to publish, at most `max`. They are in flight from then on.
    package mutating func next(
        max: Int, now: Timestamp
    ) -> [(publishID: RelayState.PublishID, control: ControlMessage)] {
        var taken: [(publishID: RelayState.PublishID, control: ControlMessage)] = []
        for control in waiting.values where taken.count < max && isReady(control, now) {
            lastPublishID -= 1
            taken.append((lastPublishID, control))
        }
        for (publishID, control) in taken {
            waiting.removeValue(forKey: Subject(control))
            inFlight[publishID] = control
        }
        return taken
    }

    /// Whether a message can be published again because its back-off is over.
    package func isDue(now: Timestamp) -> Bool {
        !failures.isEmpty && waiting.values.contains { failures[$0.recipient] != nil && isReady($0, now) }
    }

    private func isReady(_ control: ControlMessage, _ now: Timestamp) -> Bool {
        failures.isEmpty || failures[control.recipient].map { $0.retryAt <= now } ?? true
    }

    /// Records the outcomes of published messages; others than control messages are ignored.
    package mutating func settled(
        _ outcomes: [(publishID: RelayState.PublishID, confirmed: Bool)], now: Timestamp
    ) {
        guard !inFlight.isEmpty else { return }
        var nacked: [RelayState.PublishID: ControlMessage] = [:]
        for (publishID, isConfirmed) in outcomes {
            guard let control = inFlight.removeValue(forKey: publishID) else { continue }
            if isConfirmed {
                failures[control.recipient] = nil
            } else {
                nacked[publishID] = control
            }
        }
        for recipient in Set(nacked.values.map(\.recipient)) { fail(recipient, now) }
        putBack(nacked)
    }

    private mutating func fail(_ recipient: Address, _ now: Timestamp) {
        var failure = failures[recipient] ?? Failure()
        failure.since = failure.since ?? now
        failure.retryAt = now.advanced(by: RelayState.backoff[min(failure.attempts, RelayState.backoff.count - 1)])
        failure.attempts += 1
        failures[recipient] = failure
    }

    /// They wait again, before the others and in their order, except those that a later one has replaced.
    private mutating func putBack(_ controls: [RelayState.PublishID: ControlMessage]) {
        for (_, control) in controls.sorted(by: { $0.key < $1.key }) where waiting[Subject(control)] == nil {
            waiting.updateValue(control, forKey: Subject(control), insertingAt: 0)
        }
    }

    /// A new channel is open. What was in flight on the last one may be lost; what failed there may succeed here.
    package mutating func channelOpened() {
        putBack(inFlight)
        inFlight.removeAll(keepingCapacity: true)
        for recipient in failures.keys {
            failures[recipient]?.since = nil
            failures[recipient]?.attempts = 0
            failures[recipient]?.retryAt = Timestamp(milliseconds: .min)
        }
    }

    /// Returns a recipient that has nacked for long enough that a new channel should be tried, or nil.
    package mutating func takeStalled(now: Timestamp) -> (recipient: Address, failing: Duration)? {
        let stalled = failures.first { _, failure in failure.since.map { now - $0 >= failure.reopenAfter } ?? false }
        guard let (recipient, failure) = stalled, let since = failure.since else { return nil }
        // The new channel is tried for all recipients that fail.
        for (recipient, failure) in failures where failure.since != nil {
            failures[recipient]?.reopenAfter = min(failure.reopenAfter * 2, RelayState.maxReopenTime)
        }
        return (recipient, now - since)
    }
}

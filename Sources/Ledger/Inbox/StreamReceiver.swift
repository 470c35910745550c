package import Contracts

/// The consumer's state of one stream, which decides on each message of it (contract section 4). A value without I/O:
/// the writer stores `epoch` and `last` in the transaction that applies the message.
package struct StreamReceiver: Sendable, Hashable {
    package enum Admission: Sendable, Hashable {
        case apply
        /// Applied before, or of an older epoch: acked and dropped.
        case duplicate
        /// An earlier message is missing: acked and dropped. A resend is requested if the gap stays open.
        case gap
        /// Its epoch is higher than the current one and more than a day ahead of the clock: acked and dropped. The
        /// producer takes a lower epoch when its clock is right.
        case refused
    }

    package private(set) var epoch: Int64
    package private(set) var last: Int64
    /// The highest number known to exist, from a message or from a `stream_head`.
    package private(set) var head: Int64
    /// Whether the stream has begun a new epoch, and the producer has not sent all of its state in it yet.
    package private(set) var isResyncing: Bool
    /// Since when no message has arrived in order although at least one is missing; nil without a gap.
    package private(set) var gapSince: Timestamp?
    private var nextResendAt: Timestamp?
    private var resends = 0

    /// A gap may close by itself: messages can overtake each other on a reconnect.
    package static let gapTolerance: Duration = .seconds(5)
    private static let longestResendInterval: Duration = .seconds(300)

    /// The highest epoch that is not implausible: epochs are Unix milliseconds, and a wrong one in the far future would
    /// make every later one a duplicate.
    package static func highestEpoch(at now: Timestamp) -> Int64 {
        now.advanced(by: .seconds(86_400)).milliseconds
    }

    package init(epoch: Int64 = 0, last: Int64 = 0, head: Int64 = 0, isResyncing: Bool = false) {
        self.epoch = epoch
        self.last = last
        self.head = max(last, head)
        self.isResyncing = isResyncing
    }

    /// The producer has sent all of its state.
    package mutating func finishResync() {
        isResyncing = false
    }

    /// Nothing was known of the stream before its first epoch.
    private mutating func begin(epoch: Int64) {
        self = StreamReceiver(epoch: epoch, isResyncing: self.epoch > 0)
    }

    /// - Parameters:
    ///   - now: the monotonic clock.
    ///   - highestEpoch: ``highestEpoch(at:)`` the time by the wall clock.
    package mutating func admit(
        epoch: Int64, seq: Int64, now: Timestamp, highestEpoch: Int64 = .max
    ) -> Admission {
        if epoch < self.epoch { return .duplicate }
        if epoch > self.epoch {
            if epoch > highestEpoch { return .refused }
            begin(epoch: epoch)
        }
        if seq <= last { return .duplicate }
        head = max(head, seq)
        guard seq == last + 1 else {
            gapSince = gapSince ?? now
            return .gap
        }
        last = seq
        resends = 0
        nextResendAt = nil
        gapSince = last < head ? now : nil
        return .apply
    }

    /// The producer reports the stream's head, which reveals a lost last message. False if its epoch is refused.
    package mutating func recordHead(
        _ head: Int64, epoch: Int64, now: Timestamp, highestEpoch: Int64 = .max
    ) -> Bool {
        if epoch < self.epoch { return true }
        if epoch > self.epoch {
            if epoch > highestEpoch { return false }
            begin(epoch: epoch)
        }
        self.head = max(self.head, head)
        if last < self.head { gapSince = gapSince ?? now }
        return true
    }

    /// The first missing `seq` to request, once the gap has been open long enough. One request is outstanding at a
    /// time: without an answer the interval doubles, up to 5 minutes.
    package mutating func resendDue(now: Timestamp) -> Int64? {
        guard let gapSince, now >= max(gapSince.advanced(by: Self.gapTolerance), nextResendAt ?? gapSince) else {
            return nil
        }
        resends += 1
        let interval = min(Self.longestResendInterval, Self.gapTolerance * (1 << min(resends, 7)))
        nextResendAt = now.advanced(by: interval)
        return last + 1
    }
}

package import Contracts

/// What a consumer remembers of one stream, and how it judges each message of it (contract section 4). A value
/// without I/O: the writer keeps `epoch` and `last` in the file, in the transaction that applies the message.
package struct StreamReceiver: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        case apply
        /// Seen before, or of an older epoch: acked and dropped.
        case duplicate
        /// Something before it is missing: acked, dropped, and asked for again if the gap stays open.
        case gap
    }

    package private(set) var epoch: Int64
    package private(set) var last: Int64
    /// The highest number known to exist, by a message or by a `stream_head`.
    package private(set) var head: Int64
    /// Since when nothing in order came although something is known to be missing.
    package private(set) var gapSince: Timestamp?
    private var resendAfter: Timestamp?
    private var resends = 0

    /// A gap may close by itself, when messages overtake each other on a reconnect.
    package static let patience: Duration = .seconds(5)
    private static let longestPause: Duration = .seconds(300)

    package init(epoch: Int64 = 0, last: Int64 = 0, head: Int64 = 0) {
        self.epoch = epoch
        self.last = last
        self.head = max(last, head)
    }

    package mutating func admit(epoch: Int64, seq: Int64, now: Timestamp) -> Verdict {
        if epoch < self.epoch { return .duplicate }
        if epoch > self.epoch { self = StreamReceiver(epoch: epoch) }
        if seq <= last { return .duplicate }
        head = max(head, seq)
        guard seq == last + 1 else {
            gapSince = gapSince ?? now
            return .gap
        }
        last = seq
        resends = 0
        resendAfter = nil
        gapSince = last < head ? now : nil
        return .apply
    }

    /// The producer says how far the stream goes, which reveals a lost last message.
    package mutating func learn(epoch: Int64, head: Int64, now: Timestamp) {
        if epoch < self.epoch { return }
        if epoch > self.epoch { self = StreamReceiver(epoch: epoch) }
        self.head = max(self.head, head)
        if last < self.head { gapSince = gapSince ?? now }
    }

    /// From which number on to ask the producer, if the gap has been open for so long that it is time to.
    /// One request is outstanding at a time; without an answer the next follows after twice the time.
    package mutating func resendDue(now: Timestamp) -> Int64? {
        guard let gapSince, now >= max(gapSince.advanced(by: Self.patience), resendAfter ?? gapSince) else {
            return nil
        }
        resends += 1
        let pause = min(Self.longestPause, Self.patience * (1 << min(resends, 7)))
        resendAfter = now.advanced(by: pause)
        return last + 1
    }
}

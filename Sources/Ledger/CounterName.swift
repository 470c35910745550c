/// The name of a durable counter, as in the file's `counter` table, in metrics and in the subcommand `counters`.
/// A service declares its own counters in an extension.
package struct CounterName: Sendable, Hashable {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }
}

/// The counters of messages: accepted = applied + refused + parked + deduplicated + forwarded + discarded + those
/// that are still blocked.
extension CounterName {
    /// Taken from the broker for good: acked after the commit that counts them here.
    package static let accepted = CounterName("accepted")
    package static let applied = CounterName("applied")
    package static let refused = CounterName("refused")
    package static let parked = CounterName("parked")
    package static let deduplicated = CounterName("deduplicated")
    /// Stored for a retry; counted again as applied, refused, parked or discarded when they are removed.
    package static let blocked = CounterName("blocked")
    package static let discarded = CounterName("discarded")
    /// Dropped because an earlier message of the stream was missing; the producer sends them again.
    package static let gaps = CounterName("gaps")
    /// Dropped because of an epoch more than a day ahead of the clock.
    package static let refusedEpochs = CounterName("refused_epochs")
    /// Streams that began a new epoch because their consumer knew more of them than this file.
    package static let restored = CounterName("restored")
    /// Sent through the outbox to a partition of another process.
    package static let forwarded = CounterName("forwarded")
}

/// What was deleted because it had been over for `RETENTION`, by kind.
extension CounterName {
    private static let forgottenPrefix = "forgotten_"

    /// - Parameter kind: a plural, as `applications`.
    package static func forgotten(_ kind: String) -> CounterName {
        CounterName(forgottenPrefix + kind)
    }

    /// The kind of a counter of forgotten rows; nil for any other counter.
    package var forgottenKind: String? {
        name.hasPrefix(Self.forgottenPrefix) ? String(name.dropFirst(Self.forgottenPrefix.count)) : nil
    }
}

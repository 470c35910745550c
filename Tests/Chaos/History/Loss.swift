package import Contracts

/// A moment at which what was durable was lost: a process went on with an older copy of its files or with none, or an
/// empty broker took the place of the one before.
package struct Loss: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The files were replaced by a copy.
        case restored
        /// The files were deleted.
        case emptied
        case brokerReplaced
    }

    /// A moment of the run.
    package struct Moment: Sendable, Hashable {
        /// Since the beginning of the run.
        package var time: Duration
        /// The number of messages observed until then.
        package var messages: Int

        package init(time: Duration, messages: Int) {
            self.time = time
            self.messages = messages
        }
    }

    package var kind: Kind
    /// The partitions whose files are concerned; none if it is the broker.
    package var partitions: [Address]
    /// The moment of the copy: whatever was durable then still is. Without a copy, the beginning of the run. For the
    /// broker, the moment at which it was killed.
    package var copied: Moment
    /// Reports of what was applied after this moment may be lost too: those that the process had not sent yet or, if it
    /// is ApplicationService, that its copy lacks.
    package var unreported: Moment
    /// When the process ran again, or the new broker.
    package var ended: Moment

    package init(
        _ kind: Kind, of partitions: [Address] = [], copied: Moment, unreported: Moment? = nil, ended: Moment
    ) {
        self.kind = kind
        self.partitions = partitions
        self.copied = copied
        self.unreported = unreported ?? ended
        self.ended = ended
    }

    package func concerns(_ service: ServiceName) -> Bool { partitions.contains { $0.service == service } }

    /// A confirm or an answer of the time before may be recorded a little later.
    static let delay: Duration = .seconds(1)
}

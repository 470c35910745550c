/// Where a `Publisher` takes its messages from. Every method is called on the publisher's thread.
package protocol PublishSource: AnyObject, Sendable {
    /// A new channel is open, with nothing in flight.
    func connected()
    /// Returns the next messages to publish, in order, or none. They are in flight from then on.
    func next(max: Int) -> [OutgoingMessage]
    /// The outcomes of messages in flight, in the broker's order, which need not be the order of publishing.
    func settled(_ outcomes: [(publishID: UInt64, outcome: PublishOutcome)])
    /// Why a new channel is needed although this one is up, or nil: some messages make no progress on it. It is opened
    /// then. Asked at least once a second.
    func reasonToReopen() -> String?
    /// The channel is lost: the broker may or may not have taken the messages in flight.
    func disconnected()
}

extension PublishSource {
    package func reasonToReopen() -> String? { nil }
}

/// How far a stream has advanced on this side, as the subcommand `streams` shows it.
package struct StreamProgress: Sendable {
    package enum Direction: Sendable {
        /// `isVerified`: the consumer has answered since the file was opened, so that messages are published.
        /// `resync`: how much of the state of this partition has been sent; nil if none is being sent.
        case outgoing(head: Int64, confirmed: Int64, applied: Int64, isVerified: Bool, resync: ResyncProgress?)
        /// If `head` is beyond `last` there is a gap. `isResyncing`: the producer has not sent all of its state yet.
        case incoming(last: Int64, head: Int64, isResyncing: Bool)
    }

    package let name: String
    package let epoch: Int64
    package let direction: Direction
}

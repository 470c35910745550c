/// How far a stream has advanced on this side, as the subcommand `streams` shows it.
package struct StreamProgress: Sendable {
    package enum Direction: Sendable {
        /// `stoppedAt`: the consumer requested a resend from this number, which is no longer available. `isVerified`:
        /// the consumer has answered since the file was opened, so that messages are published.
        case outgoing(head: Int64, confirmed: Int64, applied: Int64, stoppedAt: Int64?, isVerified: Bool)
        /// If `head` is beyond `last` there is a gap.
        case incoming(last: Int64, head: Int64)
    }

    package let name: String
    package let epoch: Int64
    package let direction: Direction
}

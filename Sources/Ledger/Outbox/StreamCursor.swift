/// How far the broker has confirmed one epoch of a stream.
package struct StreamCursor: Sendable, Hashable {
    package let epoch: Int64
    /// All messages up to here are confirmed.
    package let confirmed: Int64

    package init(epoch: Int64, confirmed: Int64) {
        self.epoch = epoch
        self.confirmed = confirmed
    }
}

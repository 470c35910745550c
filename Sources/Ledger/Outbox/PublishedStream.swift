/// How far one epoch of a stream may have been published.
package struct PublishedStream: Sendable, Hashable {
    package let epoch: Int64
    /// Later messages have never left this process.
    package let last: Int64

    package init(epoch: Int64, last: Int64) {
        self.epoch = epoch
        self.last = last
    }
}

package import Contracts

/// Where in ApplicationService's history a message stands.
package struct MessageOrigin: Sendable, Hashable {
    /// The epoch of the stream in which it came.
    package let epoch: Int64
    /// Nil in messages of earlier versions.
    package let stamp: AllocationStamp?

    package init(epoch: Int64, stamp: AllocationStamp?) {
        self.epoch = epoch
        self.stamp = stamp
    }
}

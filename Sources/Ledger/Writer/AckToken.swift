/// What to ack once the input is committed.
package struct AckToken: Sendable {
    package let target: any AckTarget
    /// The delivery tag.
    package let tag: UInt64

    package init(target: any AckTarget, tag: UInt64) {
        self.target = target
        self.tag = tag
    }
}

/// A consumer's channel, as the ledger sees it.
package protocol AckTarget: AnyObject, Sendable {
    /// False as soon as the channel is closed: its deliveries are redelivered, so those not yet processed are dropped.
    var isCurrent: Bool { get }

    /// The deliveries with these tags are committed.
    func settle(_ tags: [UInt64])
}

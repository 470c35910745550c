/// A consumer's channel, as the ledger sees it.
package protocol AckTarget: AnyObject, Sendable {
    /// False as soon as the channel is closed: its deliveries are redelivered, so those not yet processed are dropped.
    var isCurrent: Bool { get }

    /// The deliveries with these tags are committed.
    func settle(_ tags: [UInt64])
}

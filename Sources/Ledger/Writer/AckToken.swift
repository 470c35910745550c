/// What to ack once the input is committed.
package struct AckToken: Sendable {
    package let target: any AckTarget
    /// The delivery tag.
    package let tag: UInt64
    /// Whether it belongs to the last input that the delivery brought, with whose commit all of them are committed.
    package let isLast: Bool

    package init(target: any AckTarget, tag: UInt64, isLast: Bool = true) {
        self.target = target
        self.tag = tag
        self.isLast = isLast
    }

    /// Settles the deliveries, those of one channel together.
    package static func settle(_ tokens: [AckToken]) {
        var rest = tokens[...]
        while let target = rest.first?.target {
            let tags = rest.prefix { $0.target === target }.map(\.tag)
            rest = rest.dropFirst(tags.count)
            target.settle(tags)
        }
    }
}

/// A consumer's channel, as the ledger sees it.
package protocol AckTarget: AnyObject, Sendable {
    /// False as soon as the channel is closed: its deliveries are redelivered, so those not yet processed are dropped.
    var isCurrent: Bool { get }

    /// The deliveries with these tags are committed.
    func settle(_ tags: [UInt64])
}

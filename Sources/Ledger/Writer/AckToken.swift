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

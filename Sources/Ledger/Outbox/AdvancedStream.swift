/// A stream of this partition that has new messages, up to `head`, or begins a new epoch with those up to `head`.
package struct AdvancedStream: Sendable, Hashable {
    /// The stream's row id in the file.
    package let id: Int64
    package let name: OutboxStreamName
    package let epoch: Int64
    /// What is added to a message's number to get `outbox.seq`.
    package let base: Int64
    package let head: Int64

    package init(id: Int64, name: OutboxStreamName, epoch: Int64, base: Int64 = 0, head: Int64) {
        self.id = id
        self.name = name
        self.epoch = epoch
        self.base = base
        self.head = head
    }
}

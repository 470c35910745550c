/// A stream of this partition whose consumer has answered its head: messages after `last` are published.
package struct VerifiedStream: Sendable, Hashable {
    /// The stream's row id in the file.
    package let id: Int64
    /// The last number that the consumer has applied.
    package let last: Int64
    /// The handshake that it answered; nil from a consumer that does not return it.
    package let handshake: String?

    package init(id: Int64, last: Int64, handshake: String?) {
        self.id = id
        self.last = last
        self.handshake = handshake
    }
}

package import Contracts

/// A message that a decision causes, and whom it is for.
package struct AddressedMessage: Sendable, Hashable {
    package enum Recipient: Sendable, Hashable {
        case waitlist
        /// The notifier partition of one volunteer.
        case notifier(of: ID)
        /// All notifier partitions: each keeps names and times.
        case everyNotifier
    }

    package let recipient: Recipient
    package let message: Message

    package init(to recipient: Recipient, _ message: Message) {
        self.recipient = recipient
        self.message = message
    }
}

package import Contracts

/// A message of the control kind (contract section 4) and the partition whose queue it is sent to. It is outside any
/// stream and may be lost without harm.
package struct ControlMessage: Sendable, Hashable {
    package let message: Message
    package let recipient: Address

    package init(message: Message, recipient: Address) {
        self.message = message
        self.recipient = recipient
    }
}

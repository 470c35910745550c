package import Contracts

/// How a message ended: its action, nil if the message could not be read, and the counter that counts it.
package struct MessageOutcome: Sendable, Hashable {
    package let action: Action?
    package let counter: CounterName
}

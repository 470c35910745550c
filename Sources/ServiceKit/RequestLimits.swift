import Contracts

/// What one partition takes of the requests of other processes.
package struct RequestLimits: Sendable {
    /// How many it works on at the same time.
    package var concurrency: UInt16
    /// The longest request; longer ones are refused.
    package var bytes: Int

    package init(concurrency: UInt16 = 32, bytes: Int = Limits.maxMessageBytes) {
        self.concurrency = concurrency
        self.bytes = bytes
    }
}

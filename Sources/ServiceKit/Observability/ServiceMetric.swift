package import Contracts
package import Ledger

/// A metric that one service alone exposes, read from each partition's file at a scrape.
package struct ServiceMetric: Sendable {
    package enum Source: Sendable {
        /// A durable counter of the service.
        case counter(CounterName)
        /// A durable counter that also falls.
        case gauge(CounterName)
        /// What a query finds that reads a few rows.
        case query(@Sendable (LedgerSnapshot, _ now: Timestamp) throws -> Double)
        /// The number of timers that are due and have not fired.
        case dueTimers
    }

    package let name: String
    package let help: String
    package let source: Source

    package init(_ name: String, help: String, _ source: Source) {
        self.name = name
        self.help = help
        self.source = source
    }
}

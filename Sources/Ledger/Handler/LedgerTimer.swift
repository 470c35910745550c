package import Contracts

/// A timer as a row, identified by `kind` and `key`. Scheduling it again moves it.
package struct LedgerTimer: Sendable, Hashable {
    package let kind: String
    package let key: String
    package let due: Timestamp

    package init(kind: String, key: String, due: Timestamp) {
        self.kind = kind
        self.key = key
        self.due = due
    }
}

/// The keys of Ledger's log metadata.
enum LedgerLogKey {
    static let action = "action"
    static let error = "error"
    static let from = "from"
    static let kind = "kind"
    static let queue = "queue"
    static let reason = "reason"
    static let stream = "stream"
}

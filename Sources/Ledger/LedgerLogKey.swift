/// The keys of Ledger's log metadata.
enum LedgerLogKey {
    static let action = "action"
    static let deliveries = "deliveries"
    static let epoch = "epoch"
    static let error = "error"
    static let from = "from"
    static let kind = "kind"
    static let messageID = "message_id"
    static let queue = "queue"
    static let reason = "reason"
    static let stream = "stream"
}

import Contracts
import Ledger

/// WaitlistService's messages about an application that wait to be applied, in the order in which they came.
extension ApplicationStore where Source == LedgerTransaction {
    /// - Parameters:
    ///   - traceparent: the message's trace, which what it causes continues.
    ///   - rowID: the application's row.
    func append(_ answer: NotifyFreeSpot, traceparent: String?, of rowID: Int64) throws {
        try source.execute(
            "INSERT INTO stored_answer (application, body, traceparent) VALUES (?, ?, ?)", rowID,
            Message.notifyFreeSpot(answer).encoded(), traceparent)
    }

    /// Removes and returns the oldest; nil if there is none.
    func takeAnswer(of rowID: Int64) throws -> (message: NotifyFreeSpot, traceparent: String?)? {
        let oldest = try source.row(
            "SELECT id, body, traceparent FROM stored_answer WHERE application = ? ORDER BY id LIMIT 1", rowID
        ) { (id: $0.int64(0), body: $0.bytes(1), traceparent: $0.optionalText(2)) }
        guard let oldest else { return nil }
        try source.execute("DELETE FROM stored_answer WHERE id = ?", oldest.id)
        guard case .notifyFreeSpot(let answer) = try Message(streamed: oldest.body) else {
            throw UnknownColumnValue("stored_answer.body", meaning: "notify_free_spot")
        }
        return (answer, oldest.traceparent)
    }

    /// The row ids of applications that have stored messages, in order. Each is found by the index.
    func applicationsWithAnswers(after rowID: Int64, limit: Int) throws -> [Int64] {
        var applications: [Int64] = []
        var last = rowID
        while applications.count < limit,
            let next = try source.row(
                "SELECT application FROM stored_answer WHERE application > ? ORDER BY application LIMIT 1", last,
                read: { $0.int64(0) })
        {
            applications.append(next)
            last = next
        }
        return applications
    }

    func hasAnswers(of rowID: Int64) throws -> Bool {
        try source.row("SELECT EXISTS (SELECT 1 FROM stored_answer WHERE application = ?)", rowID) { $0.bool(0) }
            ?? false
    }
}

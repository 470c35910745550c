import Contracts
import Ledger

/// WaitlistService's messages about an application that wait to be applied, in the order in which they came.
extension ApplicationStore where Source == LedgerTransaction {
    /// - Parameter rowID: the application's row.
    func append(_ answer: NotifyFreeSpot, of rowID: Int64) throws {
        try source.execute(
            "INSERT INTO stored_answer (application, body) VALUES (?, ?)", rowID,
            Message.notifyFreeSpot(answer).encoded())
    }

    /// Removes and returns the oldest; nil if there is none.
    func takeAnswer(of rowID: Int64) throws -> NotifyFreeSpot? {
        let oldest = try source.row(
            "SELECT id, body FROM stored_answer WHERE application = ? ORDER BY id LIMIT 1", rowID
        ) { (id: $0.int64(0), body: $0.bytes(1)) }
        guard let oldest else { return nil }
        try source.execute("DELETE FROM stored_answer WHERE id = ?", oldest.id)
        guard case .notifyFreeSpot(let answer) = try Message(streamed: oldest.body) else {
            throw UnknownColumnValue("stored_answer.body", meaning: "notify_free_spot")
        }
        return answer
    }

    func hasAnswers(of rowID: Int64) throws -> Bool {
        try source.row("SELECT EXISTS (SELECT 1 FROM stored_answer WHERE application = ?)", rowID) { $0.bool(0) }
            ?? false
    }
}

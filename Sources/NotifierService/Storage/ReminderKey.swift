import Contracts
import Ledger

/// A reminder's key among the timers: the row id of its recipient, and how long before the start it is due.
struct ReminderKey {
    let recipient: Int64
    let lead: ISODuration

    init(recipient: Int64, lead: ISODuration) {
        self.recipient = recipient
        self.lead = lead
    }

    /// - Throws: `UnknownColumnValue` or a `MessageError` if `text` is not such a key.
    init(parsing text: String) throws {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let recipient = Int64(parts[0]) else {
            throw UnknownColumnValue(text, meaning: "ReminderKey")
        }
        self.init(recipient: recipient, lead: try ISODuration(parsing: String(parts[1])))
    }

    var text: String { "\(recipient) \(lead)" }
}

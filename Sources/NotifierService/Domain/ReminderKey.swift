package import Contracts

/// A reminder's key among the timers: the row of its audience, and how long before the start it is due.
package struct ReminderKey {
    package let audience: Int64
    package let lead: ISODuration

    package init(audience: Int64, lead: ISODuration) {
        self.audience = audience
        self.lead = lead
    }

    package init(parsing text: String) throws {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let audience = Int64(parts[0]) else { throw Malformed() }
        self.init(audience: audience, lead: try ISODuration(parsing: String(parts[1])))
    }

    package var text: String { "\(audience) \(lead)" }

    private struct Malformed: Error {}
}

import Contracts
import Ledger

/// How far the state of this partition has been sent to a consumer: the cursor of a job.
struct ResyncCursor: Equatable {
    /// The row id of the last application whose state has been sent, or is being sent.
    var application: Int64 = 0
    /// The row id of the last application to send. Later ones began in the consumer's epoch.
    let end: Int64
    /// The last member that was sent, if the application has more: to WaitlistService the sequence number, to
    /// NotifierService the volunteer's id.
    var member: String?
    /// The last caller whose webhook settings were sent, empty before the first; nil once all were, and for
    /// WaitlistService. The applications follow.
    var caller: ExactString?

    private static let settings = "settings"

    init(application: Int64 = 0, end: Int64, member: String? = nil, caller: ExactString? = nil) {
        self.application = application
        self.end = end
        self.member = member
        self.caller = caller
    }

    /// Nil for the cursor of a job that has not begun.
    init?(parsing text: String) throws {
        if text.isEmpty { return nil }
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, let end = Int64(parts[1]) else {
            throw UnknownColumnValue(text, meaning: "ResyncCursor")
        }
        if parts[0] == Self.settings, parts.count == 3 {
            self.init(end: end, caller: ExactString(String(parts[2])))
        } else if let application = Int64(parts[0]) {
            self.init(application: application, end: end, member: parts.count == 3 ? String(parts[2]) : nil)
        } else {
            throw UnknownColumnValue(text, meaning: "ResyncCursor")
        }
    }

    var text: String {
        if let caller { return "\(Self.settings) \(end) \(caller)" }
        return "\(application) \(end)" + (member.map { " \($0)" } ?? "")
    }
}

/// How far a job of ``LedgerJob/resyncKind`` has come. The job's cursor begins with both numbers.
package struct ResyncProgress: Sendable, Hashable {
    /// The number of the last item whose state was sent.
    package let sent: Int64
    /// The number of the last item to send.
    package let last: Int64

    package init(sent: Int64, last: Int64) {
        self.sent = sent
        self.last = last
    }

    /// Nil if the job has not begun.
    package init?(cursor: String) {
        let numbers = cursor.split(separator: " ", maxSplits: 2).prefix(2).map { Int64($0) }
        guard numbers.count == 2, let sent = numbers[0], let last = numbers[1] else { return nil }
        self.init(sent: sent, last: last)
    }
}

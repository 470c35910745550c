package import Contracts

/// The header field `Retry-After` of a receiver (RFC 9110 section 10.2.3).
package enum RetryAfter {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The time until the receiver wants to be called again; nil if the text is neither a number of seconds nor a date.
    package static func delay(_ text: String, now: Timestamp) -> Duration? {
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // A number that does not fit is a very long time.
            return .seconds(Int64(text).map { min($0, longest) } ?? longest)
        }
        return date(text).map { max($0 - now, .zero) }
    }

    /// In seconds: the schedule shortens it anyway.
    private static let longest: Int64 = 366 * 86_400

    /// Only the form that senders must use: `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[0].hasSuffix(","), let day = Int(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            let date = CivilDate(year: year, month: month + 1, day: day),
            let time = try? CivilTime(parsing: String(parts[4]))
        else { return nil }
        return CivilClock.timestamp(date, time, in: .gmt)
    }
}

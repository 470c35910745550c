import Contracts
import Foundation

/// Times as this machine's clock shows them.
enum Clock {
    /// `14:03:07.250`
    static func exact(_ time: Timestamp) -> String {
        let (_, clock) = CivilClock.civil(time, in: .current)
        let milliseconds = String(time.milliseconds % 1000 + 1000).dropFirst()
        return "\(clock).\(milliseconds)"
    }

    /// `22.11. 14:03`
    static func short(_ time: Timestamp) -> String {
        let (date, clock) = CivilClock.civil(time, in: .current)
        return "\(two(date.day)).\(two(date.month)). \(two(clock.hour)):\(two(clock.minute))"
    }

    /// `28 ноября 2026`
    static func long(_ date: CivilDate) -> String {
        let months = [
            "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
            "декабря",
        ]
        return "\(date.day) \(months[date.month - 1]) \(date.year)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

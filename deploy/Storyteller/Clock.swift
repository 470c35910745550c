import Contracts
import Foundation

/// Times in the application's time zone, as text.
enum Clock {
    /// The application's time zone. It has no daylight saving time: the same time tomorrow is always 24 hours later.
    static let zoneName = "Europe/Moscow"
    static let zone = CivilClock.zone(named: zoneName) ?? .gmt

    /// `14:03:07.250`
    static func exact(_ time: Timestamp) -> String {
        let milliseconds = String(time.milliseconds % 1000 + 1000).dropFirst()
        return "\(seconds(time)).\(milliseconds)"
    }

    /// `14:03:07`
    static func seconds(_ time: Timestamp) -> String { CivilClock.civil(time, in: zone).1.description }

    /// `14:03`
    static func short(_ time: Timestamp) -> String { short(CivilClock.civil(time, in: zone).1) }

    /// `14:03`
    static func short(_ time: CivilTime) -> String { String(time.description.prefix(5)) }

    /// `28 ноября`
    static func day(_ date: CivilDate) -> String {
        let months = [
            "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
            "декабря",
        ]
        return "\(date.day) \(months[date.month - 1])"
    }
}

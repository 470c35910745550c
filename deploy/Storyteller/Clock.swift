import Contracts
import Foundation

/// Times as clocks show them where the story plays.
enum Clock {
    /// The application's time zone. Its clocks never change: tomorrow at the same time is always 24 hours from now.
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

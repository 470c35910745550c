import Contracts
import Wording

/// When a call takes place, in the words of notifications.
struct CallDates {
    private let call: Call
    private let context: PageContext
    private let formatter: DateTimeFormatter

    init(_ call: Call, in context: PageContext) {
        self.call = call
        self.context = context
        formatter = DateTimeFormatter(
            call.schedule, startsAt: call.startsAt, defaultZone: context.zone, now: context.now,
            catalog: context.texts.catalog)
    }

    /// `В среду, 9 декабря, с 14:00 до 18:00`
    var when: String { (formatter.values["when"] ?? "").capitalizedSentence }

    /// `{weekday}`, `{date}`, `{start}`, `{end}`, `{zone}`, `{when}` and `{day}`, for the texts of the page.
    var values: [String: String] { formatter.values.merging(["day": formatter.day]) { $1 } }

    /// The end of an offer: `18:00`, `18:00 9 декабря`.
    func until(_ time: Timestamp) -> String { formatter.until(time) }

    /// The day and the short name of the month, to find a date by at a glance. The text next to it says the same.
    var tile: HTML {
        let months = context.texts.catalog.texts.months
        let date = CivilClock.civil(call.schedule.startsAt, in: call.schedule.zone).0
        let month = months.indices.contains(date.month - 1) ? String(months[date.month - 1].prefix(3)) : ""
        return "<div class=\"day\" aria-hidden=\"true\"><b>\(date.day)</b>\(month)</div>"
    }
}

extension String {
    /// With a capital letter at its beginning.
    var capitalizedSentence: String { prefix(1).uppercased() + dropFirst() }
}

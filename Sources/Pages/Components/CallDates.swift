import Contracts
import Wording

/// When a call takes place, in the words of notifications.
struct CallDates {
    private let texts: PageTexts
    private let formatter: DateTimeFormatter

    init(_ call: Call, in context: PageContext) {
        texts = context.texts
        formatter = DateTimeFormatter(
            call.schedule, startsAt: call.startsAt, defaultZone: context.zone, now: context.now,
            catalog: context.texts.catalog)
    }

    /// `В среду, 9 декабря, с 14:00 до 18:00`
    var when: String { formatter.when.capitalizedSentence }

    /// `{weekday}`, `{date}`, `{start}`, `{end}`, `{zone}`, `{when}` and `{day}`, for the texts of the page.
    var values: [String: String] { formatter.values.merging(["day": formatter.day]) { $1 } }

    /// The end of an offer: `18:00`, `18:00 9 декабря`.
    func until(_ time: Timestamp) -> String { formatter.until(time) }

    /// The day and the short name of the month, to find a date by at a glance. The text next to it says the same.
    var tile: HTML {
        let date = formatter.startDate
        let month = texts.shortMonths.indices.contains(date.month - 1) ? texts.shortMonths[date.month - 1] : ""
        return "<div class=\"day\" aria-hidden=\"true\"><b>\(date.day)</b>\(month)</div>"
    }
}

extension String {
    /// With a capital letter at its beginning.
    var capitalizedSentence: String {
        guard let first = unicodeScalars.first else { return self }
        return first.properties.uppercaseMapping + String(unicodeScalars.dropFirst())
    }
}

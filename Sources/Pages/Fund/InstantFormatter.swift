import Contracts
import Wording

/// Writes when something happened, in the visitor's time zone: `today, 14:05`, `9 December, 14:05`.
struct InstantFormatter {
    private let texts: PageTexts
    private let zone: ZoneRules
    private let today: CivilDate

    init(_ context: PageContext) {
        texts = context.texts
        zone = context.zone
        today = CivilClock.civil(context.now, in: context.zone).0
    }

    func text(_ instant: Timestamp) -> String {
        let (date, time) = CivilClock.civil(instant, in: zone)
        let clock = String(time.description.prefix(5))
        let words = texts.words.fund
        guard date != today else { return words.today.filled(["time": clock]) }
        let dates = texts.catalog.texts
        let month = dates.months.indices.contains(date.month - 1) ? dates.months[date.month - 1] : ""
        let day = (date.year == today.year ? dates.date : dates.dateWithYear).filled([
            "day": String(date.day), "month": month, "year": String(date.year),
        ])
        return words.onDay.filled(["date": day, "time": clock])
    }
}

import Contracts
import Wording

/// When something happened, by the visitor's clock: `сегодня в 14:00`, `9 декабря в 14:00`.
struct Moment {
    let time: Timestamp

    init(_ time: Timestamp) { self.time = time }

    func text(in context: PageContext) -> String {
        let texts = context.texts.catalog.texts
        let words = context.texts.words.moments
        let (date, clock) = CivilClock.civil(time, in: context.zone)
        let today = CivilClock.civil(context.now, in: context.zone).0
        let time = String(clock.description.prefix(5))
        if date == today { return words.today.filled(["time": time]) }
        if date.adding(days: 1) == today { return words.yesterday.filled(["time": time]) }
        let month = texts.months.indices.contains(date.month - 1) ? texts.months[date.month - 1] : ""
        let day = (date.year == today.year ? texts.date : texts.dateWithYear).filled([
            "day": String(date.day), "month": month, "year": String(date.year),
        ])
        return words.earlier.filled(["date": day, "time": time])
    }

    func html(in context: PageContext) -> HTML {
        "<time datetime=\"\(time.description)\">\(text(in: context))</time>"
    }
}

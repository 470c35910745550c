import Contracts
import Foundation
import NotifierDomain
import Testing
import Wording

/// Notifications are in the user's language, with the application's name, date, time and, for an offer, its end
/// (contract section 6).
@Suite struct NotificationFormatterTests {
    private func text(
        _ reason: NotificationReason, _ language: Language = .ru, about application: ApplicationSnapshot? = nil,
        defaultZone: String = "Europe/Moscow", preferring preferences: NotificationPreferences = .none,
        now: String = "2026-12-01T10:00:00Z"
    ) throws -> String {
        let formatter = try NotificationFormatter(
            language, defaultZone: try #require(CivilClock.zone(named: defaultZone)))
        return formatter.text(
            reason, about: try application ?? NotifierDomainTests.application(), preferences, now: try at(now))
    }

    @Test func `every notification has its text in both languages`() throws {
        let expected: [(reason: NotificationReason, ru: String, en: String)] = [
            (
                .confirmed, "Вы записаны: «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00.",
                "You are in: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00."
            ),
            (
                .waiting(position: 1),
                "Все места заняты: «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00. "
                    + "Вы в листе ожидания на 1-м месте.",
                "All spots are taken: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00. "
                    + "You are first on the waiting list."
            ),
            (
                .openToAll,
                "Есть свободное место: «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00. "
                    + "Оно открыто для всех: место получит тот, кто ответит первым.",
                "There is a free spot: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00. "
                    + "It is open to everybody: the first to answer gets it."
            ),
            (
                .notChosen,
                "Место на «Помощь в парке», 9 декабря, вам не досталось. Вы остаётесь в листе ожидания.",
                "You did not get the spot at “Помощь в парке”, 9 December. You stay on the waiting list."
            ),
            (
                .cancelled(reason: nil), "Заявка отменена: «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00.",
                "Cancelled: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00."
            ),
            (
                .cancelled(reason: "дождь"),
                "Заявка отменена: «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00. Причина: дождь",
                "Cancelled: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00. Reason: дождь"
            ),
            (
                .refused(reason: "application_started"),
                "Ваш отклик на «Помощь в парке», 9 декабря, не принят: запись закрыта, начало уже прошло.",
                "Your response to “Помощь в парке”, 9 December, was not accepted: it has already started."
            ),
            (
                .refused(reason: "removed_by_organiser"),
                "Организатор снял ваш отклик: «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00.",
                "The organiser has removed your response: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00."
            ),
            (
                .refused(reason: "removed_by_organiser", comment: "нужен водитель"),
                "Организатор снял ваш отклик: «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00. "
                    + "Причина: нужен водитель",
                "The organiser has removed your response: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00. "
                    + "Reason: нужен водитель"
            ),
            (
                .refused(reason: "lost_by_restore"),
                "Из-за сбоя на нашей стороне ваш отклик утерян: «Помощь в парке», в среду, 9 декабря, "
                    + "с 14:00 до 18:00. Он больше не действует; если заявка ещё открыта, откликнитесь снова.",
                "A fault on our side has lost your response: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00. "
                    + "It no longer counts; if the application is still open, please respond again."
            ),
            (
                .changed(oldName: nil),
                "Заявка изменилась: «Помощь в парке», теперь в среду, 9 декабря, с 14:00 до 18:00.",
                "There is a change: “Помощь в парке” is now on Wednesday, 9 December, 14:00–18:00."
            ),
            (
                .changed(oldName: "Парк"),
                "Заявка изменилась: «Парк» теперь называется «Помощь в парке», в среду, 9 декабря, с 14:00 до 18:00.",
                "There is a change: “Парк” is now called “Помощь в парке”, Wednesday, 9 December, 14:00–18:00."
            ),
        ]
        for (reason, ru, en) in expected {
            #expect(try text(reason) == ru)
            #expect(try text(reason, .en) == en)
        }
    }

    @Test func `the number of people ahead has the right plural form`() throws {
        let ru = [
            (2, "1 человек"), (3, "2 человека"), (5, "4 человека"), (6, "5 человек"), (12, "11 человек"),
            (15, "14 человек"), (22, "21 человек"), (23, "22 человека"), (112, "111 человек"), (102, "101 человек"),
        ]
        for (position, people) in ru {
            let text = try text(.waiting(position: position))
            #expect(text.hasSuffix("на \(position)-м месте, впереди \(people)."), "\(text)")
        }
        for (position, people) in [(2, "1 person"), (3, "2 people"), (22, "21 people")] {
            let text = try text(.waiting(position: position), .en)
            #expect(text.hasSuffix("number \(position) on the waiting list, with \(people) ahead of you."), "\(text)")
        }
    }

    @Test func `an offer names its end, with the day unless it is today, and with seconds in the last ten minutes`()
        throws
    {
        let cases = [
            ("2026-12-01T15:30:00Z", "до 18:30:"), ("2026-12-02T10:00:00Z", "до 13:00 2 декабря:"),
            ("2026-12-01T10:05:07Z", "до 13:05:07:"), ("2026-12-01T10:05:00Z", "до 13:05:"),
            ("2027-01-01T10:00:00Z", "до 13:00 1 января 2027 года:"),
            ("2026-12-01T22:00:00.250Z", "до 01:00 2 декабря:"),
        ]
        for (end, words) in cases {
            let text = try text(.offered(until: at(end)))
            #expect(text.contains("Примите его \(words) место получит"), "\(text)")
        }
    }

    @Test func `the end of an offer names the zone too, and a lapsed offer is not told as valid`() throws {
        let tokyo = try application(in: "Asia/Tokyo")
        let offered = try text(.offered(until: at("2026-12-01T11:30:00Z")), about: tokyo)
        #expect(offered.contains("Примите его до 20:30 (время Asia/Tokyo, UTC+9): место"), "\(offered)")
        let late = try text(.offered(until: at("2026-12-01T09:00:00Z")))
        #expect(late.contains("Принять его можно было до 12:00; срок прошёл"), "\(late)")
    }

    @Test func `a year other than the current one is named, and so is an end on the next day`() throws {
        let night = try application(on: "2027-01-01", from: "22:00:00", to: "02:30:00")
        let text = try text(.confirmed, about: night)
        #expect(
            text == "Вы записаны: «Помощь в парке», в пятницу, 1 января 2027 года, с 22:00 до 02:30 следующего дня.")
    }

    @Test func `the zone is named if the time could be mistaken without it`() throws {
        func zone(
            _ zone: String, defaultZone: String, on date: String = "2026-12-09", from start: String = "14:00:00"
        ) throws
            -> String
        {
            let text = try text(
                .confirmed, about: application(on: date, from: start, in: zone), defaultZone: defaultZone)
            return String(text.drop { $0 != "(" }.dropLast())
        }
        #expect(try zone("Europe/Berlin", defaultZone: "Europe/Moscow") == "(время Europe/Berlin, UTC+1)")
        #expect(try zone("America/St_Johns", defaultZone: "Europe/Moscow") == "(время America/St_Johns, UTC−3:30)")
        #expect(try zone("Europe/Moscow", defaultZone: "Europe/Moscow") == "")
        #expect(try zone("Europe/Paris", defaultZone: "Europe/Berlin") == "", "both clocks show the same time")
        #expect(try zone("UTC", defaultZone: "UTC") == "(время UTC)", "no one sets their clock by UTC")
        // Clocks in Berlin show 2026-10-25 02:30 twice; the earlier one counts (contract section 1).
        #expect(
            try zone("Europe/Berlin", defaultZone: "Europe/Berlin", on: "2026-10-25", from: "02:30:00")
                == "(время Europe/Berlin, UTC+2)")
    }

    @Test func `the language and the zone that the user prefers come before the settings`() throws {
        let tokyo = NotificationPreferences(timeZone: "Asia/Tokyo")
        #expect(try text(.confirmed, preferring: tokyo).contains("с 14:00 до 18:00 (время Europe/Moscow, UTC+3)."))
        let inTokyo = try application(in: "Asia/Tokyo")
        #expect(try text(.confirmed, about: inTokyo).contains("(время Asia/Tokyo, UTC+9)"))
        #expect(try text(.confirmed, about: inTokyo, preferring: tokyo).hasSuffix("с 14:00 до 18:00."))
        let english = NotificationPreferences(language: .en)
        #expect(
            try text(.confirmed, preferring: english)
                == "You are in: “Помощь в парке”, Wednesday, 9 December, 14:00–18:00.")
        #expect(try text(.confirmed, .en, preferring: NotificationPreferences(language: .ru)).hasPrefix("Вы записаны"))
        // One that this machine no longer knows.
        let atlantis = NotificationPreferences(timeZone: "Asia/Atlantis")
        #expect(try text(.confirmed, preferring: atlantis) == text(.confirmed))
        let formatter = try NotificationFormatter(.ru, defaultZone: .gmt)
        let unknown = [NotificationPreferences.none, english].map {
            formatter.unknownApplication(.trusted("7"), $0)
        }
        #expect(unknown[0].contains("не") && unknown[1].contains("not") && unknown.allSatisfy { $0.contains("7") })
    }

    @Test func `a start that a change of clocks skips is written as the clocks show it`() throws {
        let text = try text(
            .confirmed, about: application(on: "2027-03-28", from: "02:30:00", to: "05:00:00", in: "Europe/Berlin"),
            defaultZone: "Europe/Berlin")
        #expect(text.contains("28 марта 2027 года, с 03:30 до 05:00"))
    }

    @Test func `a reminder names the day and the remaining time`() throws {
        let cases = [
            ("2026-12-08T11:00:00Z", "завтра в 14:00 начинается"),
            ("2026-12-09T09:00:00.200Z", "сегодня в 14:00, через 2 часа, начинается"),
            ("2026-12-09T09:25:10Z", "сегодня в 14:00, через 1 час 35 минут, начинается"),
            ("2026-12-09T10:39:00Z", "сегодня в 14:00, через 21 минуту, начинается"),
            ("2026-12-09T10:59:18Z", "сегодня в 14:00, через 42 секунды, начинается"),
            ("2026-12-02T11:00:00Z", "в среду, 9 декабря, в 14:00 начинается"),
            ("2026-12-08T20:00:00Z", "завтра в 14:00 начинается"),
            ("2026-12-08T11:00:02Z", "завтра в 14:00 начинается"),
            ("2026-12-08T23:30:00Z", "сегодня в 14:00, через 11 часов 30 минут, начинается"),
        ]
        for (now, words) in cases {
            #expect(try text(.reminder, now: now) == "Напоминаем о записи: \(words) «Помощь в парке».")
        }
        #expect(
            try text(.reminder, .en, now: "2026-12-09T09:00:00Z")
                == "A reminder: “Помощь в парке” starts today at 14:00, in 2 hours.")
    }

    @Test func `braces in a value are not taken for a placeholder`() throws {
        let text = try text(.confirmed, about: application("{when} {zone} {"))
        #expect(text == "Вы записаны: «{when} {zone} {», в среду, 9 декабря, с 14:00 до 18:00.")
    }

    @Test func `an unknown reason is shown as it is, an empty one is left out`() throws {
        #expect(try text(.cancelled(reason: "")) == text(.cancelled(reason: nil)))
        let removed = "removed_by_organiser"
        #expect(try text(.refused(reason: removed, comment: "")) == text(.refused(reason: removed)))
        #expect(try text(.refused(reason: "x", comment: "y")) == text(.refused(reason: "x")))
        #expect(try text(.refused(reason: "no_such_reason")).hasSuffix("не принят: no_such_reason."))
    }
}

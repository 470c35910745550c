import Contracts
import Pages
import Testing
import Wording

/// The pages of funds, each in all its states.
struct GalleryFund {
    let language: Language
    let now: Timestamp

    /// `(name, page)`, by the address and the state.
    func pages() throws -> [(name: String, page: any Page)] {
        try calls() + forms() + callPages() + reviews() + people() + told() + cancellations()
    }

    private func text(_ ru: String, _ en: String) -> String { language == .ru ? ru : en }

    private var name: String { text("Раздача обедов на Садовой", "Soup kitchen in Garden Street") }
    private var details: String {
        text(
            "Накрываем на стол, раздаём горячие обеды, моем посуду.\nВозьмите удобную обувь.",
            "We lay the tables, serve hot lunches and wash up.\nPlease wear comfortable shoes.")
    }
    private var reason: String { text("В здании отключили воду", "The building has no water") }

    func call(
        _ number: Int64 = 1, status: Call.Status = .open, spots: Int = 15, free: Int = 3, confirmed: Int = 12,
        waiting: Int = 0, name: String? = nil, day: Int = 9, zone: String = "Europe/Moscow", cancelReason: String? = nil
    ) throws -> Call {
        let schedule = ApplicationSchedule(
            date: try #require(CivilDate(year: 2026, month: status == .started ? 11 : 12, day: day)),
            startTime: try #require(CivilTime(hour: 14, minute: 0, second: 0)),
            endTime: try #require(CivilTime(hour: 18, minute: 0, second: 0)), timeZone: zone)
        return Call(
            id: try #require(ID(number: 700 + number)), fundID: ID.trusted("3"), name: name ?? self.name,
            details: details, schedule: schedule, startsAt: schedule.startsAt, endsAt: schedule.endsAt, status: status,
            cancelReason: cancelReason, spots: spots, freeSpots: free, confirmed: confirmed, waiting: waiting,
            tag: "\"5f2a\"")
    }

    private func cancelled() throws -> Call {
        try call(3, status: .cancelled, free: 0, waiting: 4, cancelReason: reason)
    }

    private let key = FormKey("00000000-0000-4000-8000-000000000000")

    private func calls() throws -> [(String, any Page)] {
        let some = [
            try call(), try call(2, free: 0, confirmed: 15, waiting: 7, name: text("Сбор книг", "Books"), day: 12),
            try call(4, free: 0, confirmed: 13, waiting: 4, name: text("Ёлка для детей", "Christmas party"), day: 24),
            try call(5, spots: 5, free: 0, confirmed: 8, name: text("Уборка парка", "Cleaning the park"), day: 30),
            try call(6, status: .started, free: 0, confirmed: 15, name: text("Лыжня", "Ski track"), day: 20),
            try cancelled(),
        ]
        let many = try (0..<50).map { index in
            try call(Int64(index), confirmed: index % 12, waiting: index % 3, day: index % 28 + 1)
        }
        return [
            ("calls-empty", FundCallsPage(calls: [], status: nil, next: nil)),
            ("calls-some", FundCallsPage(calls: some, status: nil, next: nil)),
            ("calls-many", FundCallsPage(calls: many, status: .open, next: "/calls?status=open&cursor=a")),
            ("calls-filtered-empty", FundCallsPage(calls: [], status: .cancelled, next: nil)),
            ("calls-page-empty", FundCallsPage(calls: [], status: nil, next: "/calls?cursor=a")),
            ("calls-done", FundCallsPage(calls: [some[0]], status: nil, next: nil, notice: .done)),
        ]
    }

    private func forms() -> [(String, any Page)] {
        let typed = FormValues(
            [
                "name": "", "details": details, "date": "2026-02-30", "start": "14:00", "end": "",
                "time_zone": "Moscow", "spots": "0",
            ],
            errors: [
                "name": "missing_field", "date": "bad_value", "end": "bad_value", "time_zone": "bad_value",
                "spots": "bad_value",
            ])
        return [
            ("new", NewCallPage(form: FormValues(), key: key)),
            ("new-errors", NewCallPage(form: typed, key: key)),
            ("new-refused", NewCallPage(form: FormValues(typed.values, errors: ["": "unavailable"]), key: key)),
        ]
    }

    private func callPages() throws -> [(String, any Page)] {
        let open = try call()
        let typed = FormValues(
            ["name": name, "details": details, "spots": "100001"], errors: ["spots": "bad_value"])
        let promised = try call(4, free: 0, confirmed: 13, waiting: 4)
        let started = try call(6, status: .started, free: 0, waiting: 2, day: 20)
        func page(_ call: Call, _ notice: Notice? = nil) -> FundCallPage {
            FundCallPage(call: call, form: FormValues(), notice: notice)
        }
        return [
            ("call-open", page(open)),
            ("call-promised", page(promised)),
            ("call-full", page(try call(2, free: 0, confirmed: 15, waiting: 7))),
            ("call-overfull", page(try call(5, spots: 5, free: 0, confirmed: 8, waiting: 2))),
            ("call-far", page(try call(zone: "Asia/Vladivostok"))),
            ("call-started", page(started)),
            ("call-cancelled", page(try cancelled())),
            ("call-running", page(open, .running)),
            ("call-done", page(open, .done)),
            ("call-refused", page(open, .refused(code: "precondition_failed"))),
            ("call-errors", FundCallPage(call: open, form: typed)),
        ]
    }

    private func reviews() throws -> [(String, any Page)] {
        func page(
            _ call: Call, _ changed: [String: String], _ change: (inout Call) throws -> Void
        ) rethrows
            -> ReviewPage
        {
            var changedCall = call
            try change(&changedCall)
            changedCall.startsAt = changedCall.schedule.startsAt
            return ReviewPage(call: call, changed: FormValues(changed), changedCall: changedCall, key: key)
        }
        let full = try call(2, spots: 5, free: 0, confirmed: 5, waiting: 7)
        let promised = try call(4, free: 0, confirmed: 13, waiting: 4)
        let past = try #require(CivilDate(year: 2026, month: 11, day: 20))
        let future = try #require(CivilDate(year: 2027, month: 1, day: 15))
        let newName = text("Раздача ужинов", "Supper kitchen")
        return [
            ("review-more-spots", page(full, ["spots": "8"]) { $0.spots = 8 }),
            ("review-fewer-spots", page(promised, ["spots": "10"]) { $0.spots = 10 }),
            (
                "review-moved",
                page(promised, ["name": newName, "date": "2027-01-15", "details": ""]) {
                    $0.name = newName
                    $0.schedule.date = future
                    $0.details = ""
                }
            ),
            ("review-past", page(full, ["date": "2026-11-20"]) { $0.schedule.date = past }),
            (
                "review-reopened",
                page(try call(6, status: .started, free: 0, waiting: 2, day: 20), ["date": "2027-01-15"]) {
                    $0.schedule.date = future
                }
            ),
            ("review-details", page(full, ["details": newName]) { $0.details = newName }),
            ("review-nothing", page(full, [:]) { _ in }),
        ]
    }

    private func people() throws -> [(String, any Page)] {
        let call = try call(4, spots: 40, free: 0, confirmed: 33, waiting: 12)
        let noon = now.advanced(by: .seconds(-3 * 86_400))
        func person(
            _ number: Int, _ state: CallResponse.State, _ reason: String, position: Int? = nil,
            isPositionPending: Bool = false, offerUntil: Timestamp? = nil, comment: String? = nil
        ) -> CallResponse {
            CallResponse(
                volunteer: ID.trusted(String(10_000 + number * 37)), state: state, position: position,
                isPositionPending: isPositionPending, offerUntil: offerUntil, reason: reason, comment: comment,
                updatedAt: noon.advanced(by: .seconds(number * 5000)))
        }
        let offer = now.advanced(by: .seconds(80_000))
        let waiting = (1...12).map { index in
            index <= 4
                ? person(index, .waiting, "spot_offered", position: index, offerUntil: offer)
                : index == 12
                    ? person(index, .waiting, "no_open_spot", isPositionPending: true)
                    : person(index, .waiting, index == 6 ? "offer_lapsed" : "no_open_spot", position: index)
        }
        let confirmed = (13...45).map {
            person($0, .confirmed, $0.isMultiple(of: 4) ? "offer_accepted" : "open_spot_taken")
        }
        let declined = [
            person(46, .declined, "declined_by_volunteer"),
            person(47, .declined, "removed_by_organiser", comment: reason),
            person(48, .declined, "declined_by_volunteer"), person(49, .declined, "declined_by_volunteer"),
            person(50, .declined, "removed_by_organiser"),
        ]
        func page(_ people: [CallResponse], _ state: CallResponse.State?, next: String? = nil) -> PeoplePage {
            PeoplePage(call: call, people: people, state: state, next: next)
        }
        func single(_ person: CallResponse, _ form: FormValues = FormValues(), _ notice: Notice? = nil) -> PersonPage {
            PersonPage(call: call, person: person, form: form, key: key, notice: notice)
        }
        let wrong = FormValues(["reason": String(repeating: "x", count: 501)], errors: ["reason": "bad_value"])
        let started = try self.call(6, status: .started, free: 0, waiting: 2, day: 20)
        return [
            ("people-all", page(waiting + confirmed + declined, nil, next: "/calls/704/people?cursor=a")),
            ("people-waiting", page(waiting, .waiting)),
            ("people-confirmed", page(confirmed, .confirmed)),
            ("people-declined", page(declined, .declined)),
            ("people-empty", PeoplePage(call: try self.call(confirmed: 0), people: [], state: nil, next: nil)),
            ("people-filtered-empty", page([], .declined)),
            ("person-confirmed", single(confirmed[0])),
            ("person-offered", single(waiting[0])),
            ("person-lapsed", single(waiting[5])),
            ("person-pending", single(waiting[11])),
            ("person-declined", single(declined[0])),
            ("person-removed", single(declined[1], FormValues(), .done)),
            ("person-errors", single(confirmed[0], wrong)),
            ("person-running", single(confirmed[0], FormValues(), .running)),
            (
                "person-started",
                PersonPage(call: started, person: waiting[4], form: FormValues(), key: key)
            ),
        ]
    }

    private func told() throws -> [(String, any Page)] {
        let call = try call()
        let kinds = NotificationKind.allCases.map(\.rawValue) + ["of_a_later_version"]
        let messages = (0..<50).map { index in
            ToldMessage(
                volunteer: ID.trusted(String(10_000 + index * 37)), kind: kinds[index % kinds.count],
                text: text(
                    "Вы записаны: «\(name)», в среду, 9 декабря, с 14:00 до 18:00.",
                    "You are in: “\(name)”, Wednesday, 9 December, 14:00–18:00."),
                sentAt: now.advanced(by: .seconds(-index * 3000)),
                readAt: index.isMultiple(of: 3) ? nil : now.advanced(by: .seconds(-index * 2000)),
                channels: index.isMultiple(of: 4) ? ["inbox", "push", "webhook"] : ["inbox", "push"])
        }
        return [
            ("told-many", ToldPage(call: call, messages: messages, next: "/calls/701/messages?cursor=a")),
            ("told-empty", ToldPage(call: call, messages: [], next: nil)),
        ]
    }

    private func cancellations() throws -> [(String, any Page)] {
        let wrong = FormValues(["reason": String(repeating: "x", count: 501)], errors: ["reason": "bad_value"])
        func page(_ call: Call, _ form: FormValues = FormValues()) -> CancellationPage {
            CancellationPage(call: call, form: form, key: key)
        }
        return [
            ("cancellation", page(try call(free: 0, confirmed: 15, waiting: 7))),
            ("cancellation-empty", page(try call(confirmed: 0))),
            ("cancellation-errors", page(try call(), wrong)),
            ("cancellation-cancelled", page(try cancelled())),
        ]
    }
}

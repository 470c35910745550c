import Contracts
import Pages

extension Gallery {
    var volunteerEntries: [Entry] { openCalls + oneCall + unavailableCall + notices + mine + inbox }

    private func entry(_ name: String, _ page: any Page, unread: Int = 0, at address: String) -> Entry {
        var visitor = Self.volunteer
        visitor.unread = unread
        return Entry(name, page, as: visitor, at: address)
    }

    // MARK: - The open calls

    private var openCalls: [Entry] {
        let errors = FormValues(["q": "чай", "from": "2026-13-40"], errors: ["from": "bad_date"])
        return [
            entry(
                "calls-several",
                OpenCallsPage(
                    calls: several, search: FormValues(),
                    responses: [ID.trusted("42"): .confirmed, ID.trusted("51"): .waiting, ID.trusted("52"): .declined],
                    next: "/?cursor=abc"), unread: 3, at: "/"),
            entry(
                "calls-fifty",
                OpenCallsPage(
                    calls: fifty, search: FormValues(), responses: [ID.trusted("107"): .waiting], next: "/?cursor=abc"),
                at: "/"),
            entry("calls-none", OpenCallsPage(calls: [], search: FormValues(), responses: [:], next: nil), at: "/"),
            entry(
                "calls-not-found",
                OpenCallsPage(calls: [], search: FormValues(["q": "ёлка"]), responses: [:], next: nil),
                at: "/?q=%D1%91%D0%BB%D0%BA%D0%B0"),
            entry(
                "calls-search-error", OpenCallsPage(calls: [], search: errors, responses: [:], next: nil),
                at: "/?from=2026-13-40"),
        ]
    }

    private var several: [Call] {
        [
            call,
            call(
                "51", said(ru: "Ночное дежурство в приюте", en: "Night watch at the shelter"), on: "2026-12-11",
                from: "21:00", to: "07:00", spots: 2, free: 0, waiting: 4),
            call("52", said(ru: "Упаковка подарков", en: "Wrapping presents"), on: "2026-12-24", free: 1),
            call(
                "53", said(ru: "Субботник в парке", en: "Clean-up in the park"), on: "2027-03-20", from: "10:00",
                zone: "Asia/Vladivostok", spots: 30, free: 21),
            call("a b/<i>", said(ru: "Книги <для всех> & «сказки»", en: "Books <for all> & “tales”"), free: 0),
            call(
                "54",
                said(
                    ru: "Сопровождение экскурсии для детей из многодетных семей Северо-Восточного округа",
                    en: "Accompanying an excursion for children of large families of the North-Eastern district")),
        ]
    }

    var fifty: [Call] {
        (1...50).map { number in
            call(
                "\(100 + number)", said(ru: "Раздача обедов № \(number)", en: "Giving out lunch no. \(number)"),
                on: number < 29 ? "2026-12-\(number + 2)" : "2027-01-\(number - 25)",
                spots: 5 + number % 7, free: number % 4, waiting: number % 4 == 0 ? number % 9 : 0)
        }
    }

    // MARK: - One call

    private func one(
        _ state: String, _ call: Call, _ response: CallResponse? = nil, notice: Notice? = nil
    ) -> Entry {
        let query = notice == nil || notice == .done ? "" : "?operation=p00-1"
        return entry(
            "call-\(state)", CallPage(call: call, response: response, key: FormKey("f3a0-key"), notice: notice),
            at: "/applications/\(call.id)\(query)")
    }

    private var oneCall: [Entry] {
        let call = call
        let full = fullCall
        let waiting = { (reason: String?) in self.response(.waiting, position: 3, reason: reason) }
        return [
            one("free", call),
            one("full", full),
            one("confirmed", call, response(.confirmed, reason: "open_spot_taken")),
            one("pending", full, response(.waiting, isPending: true, reason: "no_open_spot")),
            one("waiting-first", full, response(.waiting, position: 1, reason: "no_open_spot")),
            one("waiting", full, waiting("no_open_spot")),
            one("waiting-somewhere", full, response(.waiting, reason: "no_open_spot")),
            one("offered", full, response(.waiting, position: 2, offerIn: .seconds(7200), reason: "spot_offered")),
            one("offered-soon", full, response(.waiting, position: 1, offerIn: .seconds(95), reason: "spot_offered")),
            one("offered-tomorrow", full, response(.waiting, position: 1, offerIn: .seconds(86_400))),
            one("open-to-all", call, response(.waiting, position: 4, reason: "spots_opened")),
            one("lapsed", full, waiting("offer_lapsed")),
            one("not-chosen", full, waiting("not_chosen")),
            one("too-late", full, response(.waiting, reason: "too_late")),
            one("declined", call, response(.declined, reason: "declined_by_volunteer")),
            one("declined-full", full, response(.declined, reason: "declined_by_volunteer")),
            one("removed", full, response(.declined, reason: "removed_by_organiser")),
            one(
                "removed-because", call,
                response(
                    .declined, reason: "removed_by_organiser",
                    comment: said(
                        ru: "Нужен опыт работы с детьми.\nПриходите в следующий раз!",
                        en: "We need experience with children.\nPlease come next time!"))),
        ]
    }

    private var unavailableCall: [Entry] {
        let reason = said(ru: "Помещение затопило.", en: "The room is flooded.")
        let abroad = call(
            "60", said(ru: "Помощь на марафоне", en: "Help at the marathon"), on: "2026-12-12", from: "08:00",
            to: "01:00", zone: "Asia/Vladivostok", spots: 1, free: 0, waiting: 2)
        return [
            one("started", startedCall),
            one("started-confirmed", startedCall, response(.confirmed)),
            one("started-waiting", startedCall, response(.waiting, reason: "application_started")),
            one("cancelled", cancelledCall(nil), response(.waiting, reason: "application_cancelled")),
            one("cancelled-because", cancelledCall(reason), response(.confirmed, reason: "application_cancelled")),
            one("other-zone", abroad, response(.waiting, position: 2, offerIn: .seconds(90_000))),
        ]
    }

    private var notices: [Entry] {
        let refusals = ["application_started", "too_many_changes", "outcome_unknown", "something_new"]
        return [
            one("running", call, notice: .running),
            one("running-leave", fullCall, response(.confirmed), notice: .running),
            one("done", call, response(.confirmed), notice: .done),
        ] + refusals.map { one("refused-\($0)", fullCall, notice: .refused(code: $0)) }
    }

    // MARK: - The volunteer's own

    private var mine: [Entry] {
        let others = several
        let items: [MinePage.Item] = [
            .init(call: fullCall, response: response(.waiting, position: 2, offerIn: .seconds(7200))),
            .init(call: others[1], response: response(.waiting, position: 12)),
            .init(call: others[3], response: response(.confirmed)),
            .init(call: others[2], response: response(.declined, reason: "declined_by_volunteer")),
            .init(call: startedCall, response: response(.confirmed)),
            .init(call: cancelledCall("…"), response: response(.waiting)),
        ]
        return [
            entry("mine-several", MinePage(items: items, next: "/mine?cursor=abc"), unread: 1, at: "/mine"),
            entry("mine-none", MinePage(items: [], next: nil), at: "/mine"),
        ]
    }

    private var inbox: [Entry] {
        let names = [ID.trusted("42"): call.name]
        let messages = [
            InboxMessage(
                id: 12, kind: "spot_available", call: ID.trusted("42"),
                text: said(
                    ru:
                        "Освободилось место: «\(call.name)», в среду, 9 декабря. Примите его до 14:00.",
                    en: "A spot is free: “\(call.name)”, Wednesday, 9 December. Accept it by 14:00."),
                sentAt: Self.now.advanced(by: .seconds(-600)), isRead: false),
            InboxMessage(
                id: 11, kind: "waiting", call: ID.trusted("42"),
                text: said(ru: "Все места заняты: «\(call.name)».", en: "All spots are taken: “\(call.name)”."),
                sentAt: Self.now.advanced(by: .seconds(-86_400)), isRead: true),
            InboxMessage(
                id: 10, kind: "something_new", call: ID.trusted("a b/<i>"), text: "<script>alert(1)</script> & «ёж»",
                sentAt: Self.now.advanced(by: .seconds(-40_000_000)), isRead: true),
        ]
        let read = messages.map { message in
            var message = message
            message.isRead = true
            return message
        }
        let page = { (messages: [InboxMessage], unreadOnly: Bool) in
            InboxPage(messages: messages, names: names, unreadOnly: unreadOnly, next: nil)
        }
        return [
            entry("messages-unread", page(messages, false), unread: 1, at: "/mine/messages"),
            entry("messages-many", page([messages[0]], true), unread: 128, at: "/mine/messages?unread=true"),
            entry("messages-read", page(read, false), at: "/mine/messages"),
            entry("messages-none", page([], false), at: "/mine/messages"),
            entry("messages-none-unread", page([], true), at: "/mine/messages?unread=true"),
        ]
    }
}

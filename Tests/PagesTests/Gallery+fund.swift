import Contracts
import Pages

/// The pages of funds.
extension Gallery {
    var fundEntries: [Entry] {
        fundCalls + fundForms + fundCall + fundReviews + fundPeople + fundPerson + fundTold + fundCancellation
    }

    private func entry(_ name: String, _ page: any Page, at address: String = "/calls/42") -> Entry {
        Entry("fund-\(name)", page, as: Self.fund, at: address)
    }

    private var key: FormKey { FormKey("f3a0-key") }
    private var cancelReason: String { said(ru: "Помещение затопило.", en: "The room is flooded.") }
    private var tooLong: FormValues {
        FormValues(["reason": String(repeating: "1", count: 501)], errors: ["reason": "bad_value"])
    }

    /// Two of its five spots are free, and both are promised to those who wait.
    private var promisedCall: Call {
        var call = call
        call.freeSpots = 0
        call.waiting = 4
        return call
    }

    private var overfullCall: Call {
        var call = fullCall
        call.spots = 3
        return call
    }

    // MARK: - Calls

    private var fundCalls: [Entry] {
        let several = [
            call, fullCall, promisedCall, overfullCall, startedCall, cancelledCall(cancelReason),
            call(
                "a b/<i>", said(ru: "Книги <для всех> & «сказки»", en: "Books <for all> & “tales”"), spots: 1, free: 1),
        ]
        func page(_ calls: [Call], _ status: Call.Status? = nil, next: String? = nil, notice: Notice? = nil) -> any Page
        {
            FundCallsPage(calls: calls, status: status, next: next, notice: notice)
        }
        return [
            entry("calls-several", page(several), at: "/calls"),
            entry("calls-fifty", page(fifty, .open, next: "/calls?status=open&cursor=abc"), at: "/calls?status=open"),
            entry("calls-none", page([]), at: "/calls"),
            entry("calls-none-cancelled", page([], .cancelled), at: "/calls?status=cancelled"),
            entry("calls-none-here", page([], next: "/calls?cursor=abc"), at: "/calls"),
            entry("calls-done", page([call], notice: .done), at: "/calls"),
        ]
    }

    private var fundForms: [Entry] {
        let typed = FormValues(
            [
                "name": "", "details": call.details, "date": "2026-02-30", "start": "14:00", "end": "",
                "time_zone": "Moskow", "spots": "0",
            ],
            errors: [
                "name": "missing_field", "date": "bad_value", "end": "bad_value", "time_zone": "bad_value",
                "spots": "bad_value",
            ])
        let refused = FormValues(typed.values, errors: ["": "unavailable"])
        return [
            entry("new", NewCallPage(form: FormValues(), key: key), at: "/calls/new"),
            entry("new-errors", NewCallPage(form: typed, key: key), at: "/calls/new"),
            entry("new-refused", NewCallPage(form: refused, key: key), at: "/calls/new"),
        ]
    }

    private var fundCall: [Entry] {
        func page(_ call: Call, _ form: FormValues = FormValues(), _ notice: Notice? = nil) -> any Page {
            FundCallPage(call: call, form: form, notice: notice)
        }
        let typed = FormValues(["name": call.name, "spots": "100001"], errors: ["spots": "bad_value"])
        let abroad = call(
            "60", said(ru: "Помощь на марафоне", en: "Help at the marathon"), from: "20:00", to: "01:00",
            zone: "Asia/Vladivostok")
        return [
            entry("call-open", page(call)),
            entry("call-promised", page(promisedCall)),
            entry("call-full", page(fullCall)),
            entry("call-overfull", page(overfullCall)),
            entry("call-other-zone", page(abroad)),
            entry("call-started", page(startedCall)),
            entry("call-cancelled", page(cancelledCall(nil))),
            entry("call-cancelled-because", page(cancelledCall(cancelReason))),
            entry("call-running", page(call, FormValues(), .running)),
            entry("call-done", page(call, FormValues(), .done)),
            entry("call-refused", page(call, FormValues(), .refused(code: "precondition_failed"))),
            entry("call-errors", page(call, typed)),
        ]
    }

    // MARK: - What a change will do

    private func review(
        _ name: String, _ call: Call, _ changed: [String: String], _ change: (inout Call) -> Void
    ) -> Entry {
        var changedCall = call
        change(&changedCall)
        let page = ReviewPage(call: call, changed: FormValues(changed), changedCall: changedCall, key: key)
        return entry("review-\(name)", page)
    }

    private var fundReviews: [Entry] {
        let future = call("x", "x", on: "2027-01-15").schedule.date
        let past = startedCall.schedule.date
        let newName = said(ru: "Раздача ужинов", en: "Supper for all")
        return [
            review("more-spots", fullCall, ["spots": "8"]) { $0.spots = 8 },
            review("fewer-spots", promisedCall, ["spots": "3"]) { $0.spots = 3 },
            review("overfull", fullCall, ["spots": "3"]) { $0.spots = 3 },
            review("moved", promisedCall, ["name": newName, "date": "2027-01-15", "details": ""]) {
                $0.name = newName
                $0.details = ""
                $0.schedule.date = future
            },
            review("past", fullCall, ["date": "2026-12-02"]) { $0.schedule.date = past },
            review("reopened", startedCall, ["date": "2027-01-15"]) { $0.schedule.date = future },
            review("details", call, ["details": newName]) { $0.details = String(repeating: newName, count: 40) },
            review("nothing", call, [:]) { _ in },
        ]
    }

    // MARK: - People

    private func person(
        _ number: Int, _ state: CallResponse.State, _ reason: String, position: Int? = nil, isPending: Bool = false,
        offerIn offer: Duration? = nil, comment: String? = nil
    ) -> CallResponse {
        var person = response(
            state, position: position, isPending: isPending, offerIn: offer, reason: reason, comment: comment)
        person.volunteer = ID.trusted(String(10_000 + number * 37))
        person.updatedAt = Self.now.advanced(by: .seconds((number - 50) * 9000))
        return person
    }

    private var waitingPeople: [CallResponse] {
        (1...12).map { number in
            switch number {
            case 1...4: person(number, .waiting, "spot_offered", position: number, offerIn: .seconds(80_000))
            case 6: person(number, .waiting, "offer_lapsed", position: number)
            case 12: person(number, .waiting, "no_open_spot", isPending: true)
            default: person(number, .waiting, "no_open_spot", position: number)
            }
        }
    }

    private var confirmedPeople: [CallResponse] {
        (13...45).map { person($0, .confirmed, $0.isMultiple(of: 4) ? "offer_accepted" : "open_spot_taken") }
    }

    private var declinedPeople: [CallResponse] {
        (46...50).map { number in
            number.isMultiple(of: 2)
                ? person(number, .declined, "removed_by_organiser", comment: cancelReason)
                : person(number, .declined, "declined_by_volunteer")
        }
    }

    private var fundPeople: [Entry] {
        var call = call
        call.spots = 40
        call.confirmed = 33
        call.freeSpots = 0
        call.waiting = 12
        func page(_ people: [CallResponse], _ state: CallResponse.State? = nil, next: String? = nil) -> any Page {
            PeoplePage(call: call, people: people, state: state, next: next)
        }
        let all = waitingPeople + confirmedPeople + declinedPeople
        return [
            entry("people-fifty", page(all, next: "/calls/42/people?cursor=abc"), at: "/calls/42/people"),
            entry("people-waiting", page(waitingPeople, .waiting), at: "/calls/42/people?state=waiting"),
            entry("people-confirmed", page(confirmedPeople, .confirmed), at: "/calls/42/people?state=confirmed"),
            entry("people-declined", page(declinedPeople, .declined), at: "/calls/42/people?state=declined"),
            entry("people-none", page([]), at: "/calls/42/people"),
            entry("people-none-declined", page([], .declined), at: "/calls/42/people?state=declined"),
        ]
    }

    private var fundPerson: [Entry] {
        func one(
            _ name: String, _ person: CallResponse, of call: Call? = nil, _ form: FormValues = FormValues(),
            _ notice: Notice? = nil
        ) -> Entry {
            let page = PersonPage(call: call ?? self.call, person: person, form: form, key: key, notice: notice)
            return entry("person-\(name)", page, at: "/calls/42/people/10037")
        }
        let confirmed = confirmedPeople[0]
        return [
            one("confirmed", confirmed),
            one("offered", waitingPeople[0]),
            one("lapsed", waitingPeople[5]),
            one("pending", waitingPeople[11]),
            one("declined", declinedPeople[1]),
            one("removed", declinedPeople[0], FormValues(), .done),
            one("errors", confirmed, tooLong),
            one("running", confirmed, FormValues(), .running),
            one("started", person(5, .waiting, "application_started"), of: startedCall),
            one("cancelled", person(5, .confirmed, "application_cancelled"), of: cancelledCall(nil)),
        ]
    }

    // MARK: - Messages, and the cancellation

    private var fundTold: [Entry] {
        let kinds = NotificationKind.allCases.map(\.rawValue) + ["of_a_later_version"]
        let text = said(
            ru: "Вы записаны: «\(call.name)», в среду, 9 декабря, с 14:00 до 18:00.",
            en: "You are in: “\(call.name)”, Wednesday, 9 December, 14:00–18:00.")
        let messages = (0..<50).map { index in
            ToldMessage(
                volunteer: ID.trusted(String(10_000 + index * 37)), kind: kinds[index % kinds.count], text: text,
                sentAt: Self.now.advanced(by: .seconds(-index * 3000)),
                readAt: index.isMultiple(of: 3) ? nil : Self.now.advanced(by: .seconds(-index * 2000)),
                channels: index.isMultiple(of: 4) ? ["inbox", "push", "webhook"] : ["inbox", "push"])
        }
        func page(_ messages: [ToldMessage], next: String? = nil) -> any Page {
            ToldPage(call: call, messages: messages, next: next)
        }
        let address = "/calls/42/messages"
        return [
            entry("messages-fifty", page(messages, next: "\(address)?cursor=abc"), at: address),
            entry("messages-none", page([]), at: address),
        ]
    }

    private var fundCancellation: [Entry] {
        func one(_ name: String, _ call: Call, _ form: FormValues = FormValues()) -> Entry {
            entry(name, CancellationPage(call: call, form: form, key: key), at: "/calls/42/cancellation")
        }
        var lonely = call
        lonely.confirmed = 0
        lonely.freeSpots = 5
        return [
            one("cancellation", fullCall),
            one("cancellation-of-none", lonely),
            one("cancellation-errors", call, tooLong),
            one("cancellation-again", cancelledCall(cancelReason)),
        ]
    }
}

import Contracts
import Foundation
import Pages
import TestSupport
import Testing
import Web

@testable import ApplicationService

/// The form that publishes or changes a call.
@Suite struct CallFormTests {
    /// 2026-11-27T12:00:00Z
    private static let now = Timestamp(milliseconds: 1_795_780_800_000)
    private static let complete = [
        "name": "Уборка", "details": "Взять перчатки", "date": "2026-12-09", "start": "14:00", "end": "18:00",
        "time_zone": "Europe/Moscow", "spots": "5",
    ]

    private static func form(_ values: [String: String]) throws -> CallForm {
        CallForm(try FormBody(values))
    }

    /// The complete form, with some fields as a visitor has typed them. Nil is a field that the form lacks.
    private static func form(with typed: [String: String?]) throws -> CallForm {
        var values = complete
        for (name, value) in typed { values[name] = value }
        return try form(values)
    }

    private static var call: Call {
        get throws {
            let schedule = ApplicationSchedule(
                date: try CivilDate(parsing: "2026-12-09"), startTime: try CivilTime(parsing: "14:00:00"),
                endTime: try CivilTime(parsing: "18:00:00"), timeZone: "Europe/Moscow")
            return Call(
                id: .trusted("1"), fundID: .trusted("123"), name: "Уборка", details: "Взять перчатки",
                schedule: schedule,
                startsAt: schedule.startsAt, endsAt: schedule.endsAt, status: .open, spots: 5, freeSpots: 1,
                confirmed: 4, waiting: 0)
        }
    }

    @Test func `a complete form has no errors, and is the API's create`() throws {
        let form = try Self.form(with: [:])
        #expect(form.errorsOfNewCall(now: Self.now) == [:])
        let create = try CommandBody(parsing: form.body(isCreate: true)).create(
            assigned: .trusted("7"), caller: .trusted("123"))
        #expect(create.name == "Уборка" && create.description == "Взять перчатки" && create.availableSpots == 5)
        #expect(create.date.description == "2026-12-09" && create.startTime.description == "14:00:00")
        #expect(create.endTime.description == "18:00:00" && create.timeZone == "Europe/Moscow")
    }

    @Test func `a call may be without details and without a zone of its own`() throws {
        let form = try Self.form(with: ["details": "", "time_zone": nil])
        #expect(form.errorsOfNewCall(now: Self.now) == [:])
        let create = try CommandBody(parsing: form.body(isCreate: true)).create(
            assigned: .trusted("7"), caller: .trusted("123"))
        #expect(create.description == "" && create.timeZone == nil)
    }

    @Test(
        arguments: [
            (["name": ""], ["name": "missing_field"]), (["name": "  "], ["name": "missing_field"]),
            (["name": String(repeating: "а", count: 201)], ["name": "bad_value"]),
            (["name": "a\u{202e}b"], ["name": "bad_value"]), (["date": "2026-02-30"], ["date": "bad_value"]),
            (["start": "25:00"], ["start": "bad_value"]), (["end": "soon"], ["end": "bad_value"]),
            (["time_zone": "moscow"], ["time_zone": "bad_value"]), (["spots": "0"], ["spots": "bad_value"]),
            (["spots": "100001"], ["spots": "bad_value"]), (["spots": "five"], ["spots": "wrong_type"]),
            (
                ["spots": "", "date": "", "name": ""],
                ["spots": "missing_field", "date": "missing_field", "name": "missing_field"]
            ),
            (["date": "2026-11-26"], ["date": "in_the_past"]),
            (["start": "14:59", "date": "2026-11-27"], ["date": "in_the_past"]),
            (["start": "15:01", "date": "2026-11-27"], [:]), (["end": "09:00"], [:]), (["start": "14:00:30"], [:]),
        ] as [([String: String], [String: String])])
    func `each wrong field is named`(typed: [String: String], errors: [String: String]) throws {
        let form = try Self.form(Self.complete.merging(typed) { $1 })
        #expect(form.errorsOfNewCall(now: Self.now) == errors)
        let shown = form.formValues(errors: errors)
        for (name, value) in typed { #expect(shown[name] == value.trimmed, "what was typed is kept") }
    }

    @Test func `a field that a form lacks is missing`() throws {
        let errors = try Self.form([:]).errorsOfNewCall(now: Self.now)
        #expect(Set(errors.keys) == ["name", "date", "start", "end", "spots"])
    }

    @Test func `only what differs from the call is a change`() throws {
        let call = try Self.call
        #expect(try Self.form(with: [:]).changes(of: call).isEmpty)
        #expect(
            try Self.form(with: ["start": "14:00:00", "spots": "05", "name": " Уборка "]).changes(of: call).isEmpty)
        #expect(try Self.form(with: ["details": "Взять\r\nперчатки"])[.details] == "Взять\nперчатки")
        let changes = try Self.form(with: ["spots": "8", "details": "", "end": "19:30"]).changes(of: call)
        #expect(changes.formValues().values == ["spots": "8", "details": "", "end": "19:30"])
        #expect(changes.errorsOfChange == [:])
        let update = try CommandBody(parsing: changes.body(isCreate: false)).update(of: .trusted("1"))
        #expect(update.availableSpots == 8 && update.description == "" && update.endTime?.description == "19:30:00")
        #expect(update.name == nil && update.date == nil && update.startTime == nil && update.timeZone == nil)
    }

    @Test func `the call is shown as it will be`() throws {
        let call = try Self.call
        let changed = try Self.form(with: ["spots": "8", "date": "2026-12-10", "start": "15:00"]).changes(of: call)
            .changed(
                call)
        #expect(changed.spots == 8 && changed.name == call.name && changed.freeSpots == call.freeSpots)
        #expect(changed.startsAt.description == "2026-12-10T12:00:00Z")
        #expect(changed.endsAt.description == "2026-12-10T15:00:00Z")
    }

    @Test func `a form of a call has its values, and changes nothing`() throws {
        let call = try Self.call
        #expect(CallForm(call).formValues().values == Self.complete)
        #expect(CallForm(call).changes(of: call).isEmpty)
    }

    @Test func `errors of the API are those of the fields`() {
        let item = Problem.Item(pointer: "/application_starttime", code: .badValue, detail: "")
        #expect(CallForm.errors(of: Problem(.validation, "", errors: [item])) == ["start": "bad_value"])
        let other = Problem.Item(pointer: "/callback/url", code: .badValue, detail: "")
        #expect(CallForm.errors(of: Problem(.validation, "", errors: [other])) == ["": "bad_value"])
        #expect(CallForm.errors(of: Problem(.unavailable, "")) == ["": "unavailable"])
    }
}

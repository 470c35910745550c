import Contracts
import HTTPTypes
import Hummingbird
import Pages
import TestSupport
import Testing
import Web
import Wording

@testable import ApplicationService

/// The smaller forms of the page.
@Suite struct FormTests {
    // MARK: - Searching

    private func search(_ query: String, zone: String = "Europe/Moscow") throws -> SearchForm {
        let head = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/?\(query)")
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        return try SearchForm(request, zone: try #require(CivilClock.zone(named: zone)))
    }

    @Test func `days of a search begin and end in the visitor's time zone`() throws {
        let form = try search("q=+парк+&from=2026-12-09&to=2026-12-09")
        #expect(form.isValid && form.formValues.values == ["q": "парк", "from": "2026-12-09", "to": "2026-12-09"])
        let query = form.query(limit: 20, cursor: "c")
        #expect(query.from?.description == "2026-12-08T21:00:00Z" && query.to?.description == "2026-12-09T21:00:00Z")
        #expect(query.text == "парк" && query.status == .open && query.cursor == "c")
        #expect(form.address(cursor: "a+b").hasSuffix("&from=2026-12-09&to=2026-12-09&cursor=a%2Bb"))
        // The day on which clocks are put forward has 23 hours.
        let short = try search("from=2027-03-28&to=2027-03-28", zone: "Europe/Berlin").query(limit: 1, cursor: nil)
        #expect(short.from?.description == "2027-03-27T23:00:00Z" && short.to?.description == "2027-03-28T22:00:00Z")
    }

    @Test func `an empty search selects everything`() throws {
        let form = try search("q=&from=&to=")
        let query = form.query(limit: 20, cursor: nil)
        #expect(form.isValid && query.text == nil && query.from == nil && query.to == nil)
        #expect(form.address(cursor: "c") == "/?cursor=c")
    }

    @Test(
        arguments: [
            ("from=2026-02-30", ["from": "bad_date"]), ("to=tomorrow", ["to": "bad_date"]),
            ("from=2026-12-10&to=2026-12-09", ["to": "bad_range"]),
            ("q=\(String(repeating: "a", count: 101))", ["q": "too_long"]),
        ] as [(String, [String: String])])
    func `a search that cannot be understood says why`(query: String, errors: [String: String]) throws {
        #expect(try search(query).formValues.errors == errors)
    }

    // MARK: - Responding

    @Test func `each button of a form is a command of its own, and a second click is the same one`() throws {
        let accept = try ResponseForm(FormBody(["status": "accepted", "key": "k1"]))
        let decline = try ResponseForm(FormBody(["status": "declined", "key": "k1"]))
        #expect(accept.key == decline.key)
        #expect(accept.key.of(accept.status.rawValue) != decline.key.of(decline.status.rawValue))
        #expect(String(decoding: decline.body, as: UTF8.self) == #"{"status":"declined"}"#)
        #expect(FormKey.random() != FormKey.random() && FormKey.random().text.count == 32)
    }

    @Test(arguments: [
        [:], ["status": "accepted"], ["status": "confirmed", "key": "k"], ["status": "accepted", "key": ""],
        ["status": "accepted", "key": "ключ"], ["status": "accepted", "key": "a b"],
        ["status": "accepted", "key": String(repeating: "k", count: 201)], ["status": "accepted", "key": "\""],
    ])
    func `what no button sends is malformed`(form: [String: String]) throws {
        let body = try FormBody(form)
        let problem = #expect(throws: Problem.self) { try ResponseForm(body) }
        #expect(problem?.code == .malformed)
    }

    @Test func `a form whose fate is unknown keeps its key, and one with other values gets a new one`() {
        let key = FormKey("k")
        #expect(key.after(.outcomeUnknown(retryAfter: .seconds(1))) == key)
        #expect(key.after(Problem(.idempotencyMismatch, "")) != key)
    }

    @Test func `messages are marked one by one or up to the newest`() throws {
        #expect(try ReadMark(FormBody(["up_to": "9"])).body == Array(#"{"up_to":9}"#.utf8))
        #expect(try ReadMark(FormBody(["id": "7"])).body == Array(#"{"ids":[7]}"#.utf8))
        for form in [[:], ["up_to": "all"], ["id": "1,2"]] {
            #expect(throws: Problem.self) { try ReadMark(FormBody(form)) }
        }
    }

    // MARK: - Reasons

    @Test func `a reason is one line, and may be empty`() throws {
        let form = ReasonForm(try FormBody(["reason": " Дождь,\n\nхолодно "]))
        #expect(form.reason == "Дождь, холодно")
        #expect(String(decoding: form.cancellation, as: UTF8.self) == #"{"reason":"Дождь, холодно"}"#)
        let removal = String(decoding: form.removal(of: .trusted("7")), as: UTF8.self)
        #expect(removal == #"{"volunteer_id":7,"status":"declined","reason":"Дождь, холодно"}"#)
        let empty = ReasonForm(try FormBody(["reason": " \n"]))
        #expect(empty.cancellation.isEmpty)
        #expect(
            String(decoding: empty.removal(of: .trusted("a")), as: UTF8.self)
                == #"{"volunteer_id":"a","status":"declined"}"#)
    }

    @Test func `an error is one of the reason or of the whole form`() throws {
        let form = ReasonForm(try FormBody(["reason": "x"]))
        let item = Problem.Item(pointer: "/reason", code: .badValue, detail: "")
        #expect(form.formValues(Problem(.validation, "", errors: [item])).errors == ["reason": "bad_value"])
        #expect(form.formValues(Problem(.unavailable, "")).errors == ["": "unavailable"])
        #expect(form.formValues().errors == [:] && form.formValues()["reason"] == "x")
    }

    // MARK: - Settings

    @Test func `settings are taken if they exist`() throws {
        let form = SettingsForm(try FormBody(["language": "en", "time_zone": " Asia/Omsk "]))
        let settings = form.settings(changing: VisitorSettings())
        #expect(settings?.language == .en && settings?.zoneName == "Asia/Omsk" && form.formValues().errors == [:])
        for (values, field) in [
            (["language": "en", "time_zone": "omsk"], "time_zone"),
            (["language": "de", "time_zone": "UTC"], "language"),
        ] {
            let wrong = SettingsForm(try FormBody(values))
            #expect(wrong.settings(changing: VisitorSettings()) == nil)
            #expect(Array(wrong.formValues().errors.keys) == [field] && wrong.formValues().values == values)
        }
    }

    @Test(arguments: [
        ("moscow", "Europe/Moscow"), ("Москва", "Europe/Moscow"), ("europe/moscow", "Europe/Moscow"),
        ("Moskow", "Europe/Moscow"), ("екатеринбург", "Asia/Yekaterinburg"), ("new york", "America/New_York"),
        ("Нью-Йорк", "America/New_York"), ("sao paulo", "America/Sao_Paulo"), ("Владивост", "Asia/Vladivostok"),
    ])
    func `a zone is found by what people call it`(text: String, name: String) {
        #expect(ZoneNames.system.matches(for: text).contains(name))
    }

    @Test(arguments: ["", "x", "Атлантида", "zzzzzz", String(repeating: "a", count: 10_000)])
    func `what is no zone suggests none`(text: String) {
        #expect(ZoneNames.system.matches(for: text) == [])
    }

    // MARK: - Tables

    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("two\nlines", "\"two\nlines\""),
        ("=1+1", "'=1+1"), ("+7", "'+7"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("=a,b", "\"'=a,b\""), ("", ""),
        ("\tx", "'\tx"), ("7", "7"),
    ])
    func `a field is quoted, and never a formula`(field: String, written: String) {
        #expect(String(decoding: CSVRow([field, "z"]).bytes, as: UTF8.self) == "\(written),z\r\n")
    }

    @Test func `a row has a field for each column`() {
        let person = CallResponse(
            volunteer: .trusted("=5"), state: .waiting, position: 2,
            offerUntil: Timestamp(milliseconds: 1_796_810_400_000),
            reason: "spot_offered", comment: "да, \"но\"", updatedAt: Timestamp(milliseconds: 1_796_724_000_000))
        let row = CSVRow(person)
        #expect(row.fields.count == CSVRow.responseHeader.fields.count)
        #expect(
            String(decoding: row.bytes, as: UTF8.self)
                == "'=5,waiting,2,2026-12-09T10:00:00Z,spot_offered,\"да, \"\"но\"\"\",2026-12-08T10:00:00Z\r\n")
    }
}

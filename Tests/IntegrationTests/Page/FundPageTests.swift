import Contracts
import Foundation
import NIOHTTP1
import TestSupport
import Testing

/// What funds do on the page, without a script (contract section 8, "Page").
@Suite struct FundPageTests {
    private static func call(_ changes: [String: String] = [:]) -> [String: String] {
        let (date, _) = CivilClock.civil(Timestamp.now().advanced(by: .seconds(30 * 86_400)), in: .gmt)
        let call = [
            "name": "Уборка <парка>", "details": "Взять:\n- перчатки", "date": date.description, "start": "14:00",
            "end": "18:00", "time_zone": "Europe/Moscow", "spots": "1",
        ]
        return call.merging(changes) { $1 }
    }

    /// Publishes a call, and returns its path.
    private static func publish(_ fund: PageVisitor, _ changes: [String: String] = [:]) async throws -> String {
        let answer = try await fund.submit("/calls/new", on: fund.get("/calls/new"), call(changes))
        #expect(answer.status == 303)
        return String(try #require(answer.location).prefix { $0 != "?" })
    }

    private static func api(_ path: String) -> String { path.replacing("/calls/", with: "/v1/applications/") }

    @Test func `a fund publishes a call once, and wrong input is kept and named`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let form = try await fund.get("/calls/new")
            let wrong = Self.call(["spots": "many", "date": "2020-01-01", "name": ""])
            let refused = try await fund.submit("/calls/new", on: form, wrong)
            #expect(refused.status == 422 && refused.shows("many") && refused.shows("- перчатки"))
            let past = try await fund.submit("/calls/new", on: refused, Self.call(["date": "2020-01-01"]))
            #expect(past.status == 422)
            #expect(try await !fund.get("/calls").shows("Уборка <парка>"))
            var locations: Set<String> = []
            for _ in 0..<3 {
                locations.insert(try #require(try await fund.submit("/calls/new", on: form, Self.call()).location))
            }
            #expect(locations.count == 1, "a double click publishes one call")
            let page = try await fund.get(try #require(locations.first))
            #expect(page.status == 200 && page.shows("Уборка <парка>") && page.shows("- перчатки"))
            let other = try await fund.submit("/calls/new", on: form, Self.call(["name": "Другая"]))
            #expect(other.status == 422, "the key belongs to another call")
            let again = try await fund.submit("/calls/new", on: other, Self.call(["name": "Другая"]))
            #expect(again.status == 303, "and the page has a new one")
            let http = try await system.client("fund", 123)
            let own: API.Page<API.Application> = try await http.get("/v1/applications").decoded()
            #expect(own.items.count == 2)
            try await system.quiesce()
        }
    }

    @Test func `a change is reviewed before it is made, and made once`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let path = try await Self.publish(fund)
            let http = try await system.client("fund", 123)
            func spots() async throws -> Int {
                try await http.get(Self.api(path)).decoded(as: API.Application.self).available_spots
            }
            let form = try await fund.get(path)
            let unchanged = try await fund.submit(path, on: form, Self.call())
            #expect(unchanged.status == 303)
            let wrong = try await fund.submit(path, on: form, Self.call(["spots": "0"]))
            #expect(wrong.status == 422)
            let review = try await fund.submit(path, on: form, Self.call(["spots": "3"]))
            #expect(review.status == 200)
            #expect(try await spots() == 1, "nothing is changed yet")
            // A response in between is no other version of the call.
            _ = try await http.ended(http.respond("anna", ID.trusted(String(path.dropFirst("/calls/".count)))))
            for _ in 0..<2 {
                let done = try await fund.submit(path, on: review)
                #expect(done.status == 303 && done.location?.hasPrefix("\(path)?operation=") == true)
            }
            #expect(try await spots() == 3)
            let late = try await fund.submit(path, on: form, Self.call(["spots": "7"]))
            #expect(late.status == 412, "the form is older than the change")
            #expect(try await spots() == 3)
            try await system.quiesce()
        }
    }

    @Test func `a change on top of another is refused, and the call shown as it is`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let path = try await Self.publish(fund)
            let http = try await system.client("fund", 123)
            let review = try await fund.submit(path, on: fund.get(path), Self.call(["name": "Первая"]))
            _ = try await http.ended(http.call("PATCH", Self.api(path), #"{"application_name":"Вторая"}"#))
            let refused = try await fund.submit(path, on: review)
            #expect(refused.status == 412 && refused.shows("Вторая"))
            let now: API.Application = try await http.get(Self.api(path)).decoded()
            #expect(now.application_name == "Вторая")
            try await system.quiesce()
        }
    }

    @Test func `a fund cancels a call with a reason, once`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let path = try await Self.publish(fund)
            let form = try await fund.get("\(path)/cancellation")
            let long = String(repeating: "а", count: 501)
            let refused = try await fund.submit("\(path)/cancellation", on: form, ["reason": long])
            #expect(refused.status == 422 && refused.shows(long))
            for _ in 0..<2 {
                let done = try await fund.submit("\(path)/cancellation", on: form, ["reason": "Дождь\nи ветер"])
                #expect(done.status == 303)
            }
            let http = try await system.client("fund", 123)
            let now: API.Application = try await http.get(Self.api(path)).decoded()
            #expect(now.status == "cancelled" && now.cancel_reason == "Дождь и ветер")
            #expect(try await fund.get(path).shows("Дождь и ветер"))
            let again = try await fund.send(.POST, "\(path)/cancellation", ["key": "another"])
            #expect(again.status == 409)
            #expect(try await fund.send(.GET, "\(path)/cancellation").location == path)
            try await system.quiesce()
        }
    }

    @Test func `people are listed in order, downloaded, and removed`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let path = try await Self.publish(fund)
            let http = try await system.client("fund", 123)
            let id = ID.trusted(String(path.dropFirst("/calls/".count)))
            for volunteer in ["zoe", "yuri", "=anna", "boris"] as [ID] {
                _ = try await http.ended(http.respond(volunteer, id))
            }
            let people = try await fund.get("\(path)/people")
            #expect(people.status == 200)
            for volunteer in ["zoe", "yuri", "=anna", "boris"] { #expect(people.shows(volunteer)) }
            let waiting = try await fund.get("\(path)/people?state=waiting")
            #expect(!waiting.shows("zoe") && waiting.shows("yuri"))
            #expect(try await fund.get("\(path)/people?state=gone").status == 400)

            let file = try await fund.send(.GET, "\(path)/people.csv")
            #expect(file.status == 200 && file.headers.first(name: "content-type")?.hasPrefix("text/csv") == true)
            #expect(file.headers.first(name: "content-disposition") == "attachment; filename=\"people.csv\"")
            let lines = file.body.split(separator: "\r\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            #expect(lines.map { $0[0] } == ["\u{feff}volunteer_id", "yuri", "'=anna", "boris", "zoe"])
            #expect(lines.map { $0[2] } == ["position", "1", "2", "3", ""])
            #expect(try await fund.send(.GET, "\(path)/people.csv?state=confirmed").body.contains("zoe,confirmed"))

            let person = try await fund.get("\(path)/people/yuri")
            #expect(person.status == 200 && person.shows("yuri"))
            for _ in 0..<2 {
                let removed = try await fund.submit("\(path)/people/yuri", on: person, ["reason": "Нет мест"])
                #expect(removed.status == 303)
            }
            let response: API.Response = try await http.get("\(Self.api(path))/responses/yuri").decoded()
            #expect(response.state == "declined" && response.reason == "removed_by_organiser")
            #expect(try await fund.get("\(path)/people/stranger").status == 404)
            #expect(
                try await fund.send(.POST, "\(path)/people/stranger", ["key": "k", "reason": ""]).status == 404,
                "the page makes no response of somebody who has given none")
            try await system.quiesce()
        }
    }

    @Test func `another fund's call looks like one that does not exist`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let rival = try await system.browser("fund", 124)
            let path = try await Self.publish(fund)
            for suffix in ["", "/people", "/people.csv", "/people/anna", "/cancellation"] {
                #expect(try await rival.get("\(path)\(suffix)").status == 404, "\(suffix)")
                #expect(try await rival.get("/calls/unknown\(suffix)").status == 404, "\(suffix)")
            }
            let form = Self.call(["confirmed": "1", "key": "k", "reason": "x", "spots": "9"])
            for suffix in ["", "/people/anna", "/cancellation"] {
                #expect(try await rival.send(.POST, "\(path)\(suffix)", form).status == 404, "\(suffix)")
            }
            #expect(try await !rival.get("/calls").shows("Уборка <парка>"))
            let http = try await system.client("fund", 123)
            let now: API.Application = try await http.get(Self.api(path)).decoded()
            #expect(now.status == "open" && now.available_spots == 1)
            try await system.quiesce()
        }
    }

    @Test func `no GET changes anything`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let fund = try await system.browser("fund", 123)
            let anna = try await system.browser("volunteer", "anna")
            let path = try await Self.publish(fund)
            let http = try await system.client("fund", 123)
            let before = try await http.get(Self.api(path)).body
            let id = path.dropFirst("/calls/".count)
            let query = "?status=accepted&key=k&confirmed=1&spots=9&reason=x"
            for page in ["", "/people", "/people/anna", "/cancellation", "/messages"] {
                _ = try await fund.send(.GET, "\(path)\(page)\(query)")
                _ = try await fund.send(.HEAD, "\(path)\(page)\(query)")
            }
            for page in ["/", "/applications/\(id)", "/applications/\(id)/response", "/mine", "/settings"] {
                _ = try await anna.send(.GET, "\(page)\(query)")
            }
            try await system.quiesce()
            #expect(try await http.get(Self.api(path)).body == before)
            #expect(system.recorder.recorded(by: .application, .update).isEmpty && system.statuses(of: "anna") == [])
        }
    }

    @Test func `a removed volunteer reads the reason, and the fund what was told to whom`() async throws {
        try await TestSystem.run(
            settings: TestSystem.page, services: [.application, .waitlist, .notifier]
        ) { system in
            let fund = try await system.browser("fund", 123)
            let anna = try await system.browser("volunteer", "anna")
            let path = try await Self.publish(fund)
            let call = path.replacing("/calls/", with: "/applications/")
            _ = try await anna.submit("\(call)/response", on: anna.get(call), ["status": "accepted"])
            let person = try await fund.get("\(path)/people/anna")
            _ = try await fund.submit("\(path)/people/anna", on: person, ["reason": "Нужен <паспорт>"])
            #expect(try await anna.get(call).shows("Нужен <паспорт>"))
            try await eventually("anna has both messages") {
                try await fund.get("\(path)/messages").shows("Нужен <паспорт>")
            }
            let told = try await fund.get("\(path)/messages")
            #expect(told.status == 200 && told.shows("anna"))
            #expect(try await anna.get("/mine/messages").shows("Нужен <паспорт>"))
            let rival = try await system.browser("fund", 124)
            #expect(try await rival.get("\(path)/messages").status == 404)
        }
    }
}

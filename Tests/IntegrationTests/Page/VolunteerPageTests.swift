import Contracts
import Foundation
import NIOHTTP1
import TestSupport
import Testing

/// What volunteers do on the page, without a script (contract section 8, "Page").
@Suite struct VolunteerPageTests {
    @Test func `a volunteer responds, waits, takes an offered spot, and leaves`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let robot = try await system.client("service", "robot")
            _ = try await robot.create(1, spots: 1, name: "Парк & <пруд>")
            let anna = try await system.browser("volunteer", "anna")
            let boris = try await system.browser("volunteer", "boris")
            func state(_ volunteer: String) async throws -> String? {
                let answer = try await robot.get("/v1/applications/1/responses/\(volunteer)")
                return answer.status == 404 ? nil : try answer.decoded(as: API.Response.self).state
            }
            func press(_ status: String, _ visitor: PageVisitor) async throws {
                let page = try await visitor.get("/applications/1")
                #expect(page.status == 200)
                let answer = try await visitor.submit("/applications/1/response", on: page, ["status": status])
                #expect(answer.status == 303 && answer.location?.hasPrefix("/applications/1") == true)
            }

            let list = try await anna.get("/")
            #expect(list.status == 200 && list.shows("Парк & <пруд>") && !list.body.contains("<пруд>"))
            #expect(try await state("anna") == nil, "to look changes nothing")
            try await press("accepted", anna)
            #expect(try await state("anna") == "confirmed")
            try await press("accepted", boris)
            #expect(try await state("boris") == "waiting")
            #expect(try await boris.get("/mine").shows("Парк & <пруд>"))
            try await press("declined", anna)
            try await eventually("boris has an offer") {
                try await robot.get("/v1/applications/1/responses/boris").decoded(as: API.Response.self)
                    .offer_expires_at != nil
            }
            try await press("accepted", boris)
            #expect(try await state("boris") == "confirmed")
            #expect(try await state("anna") == "declined")
            try await system.quiesce()
        }
    }

    @Test func `a double click is one operation, and each button a command of its own`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let robot = try await system.client("service", "robot")
            _ = try await robot.create(1, spots: 1)
            _ = try await robot.ended(robot.respond("boris", 1))
            let anna = try await system.browser("volunteer", "anna")
            let page = try await anna.get("/applications/1")
            for _ in 0..<3 {
                let answer = try await anna.submit("/applications/1/response", on: page, ["status": "accepted"])
                #expect(answer.status == 303)
            }
            // The key of the page is that of the other button too, as in a browser that has gone back.
            let form = ["key": "one-key-for-both", "status": "accepted"]
            #expect(try await anna.send(.POST, "/applications/1/response", form).status == 303)
            let other = form.merging(["status": "declined"]) { $1 }
            #expect(try await anna.send(.POST, "/applications/1/response", other).status == 303)
            try await system.quiesce()
            #expect(system.statuses(of: "anna") == [.waiting], "the volunteer was told once, and then left")
            let response: API.Response = try await robot.get("/v1/applications/1/responses/anna").decoded()
            #expect(response.state == "declined")
        }
    }

    @Test func `a refused response says why, and a call that is over cannot be found`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let robot = try await system.client("service", "robot")
            _ = try await robot.create(1, spots: 1)
            let anna = try await system.browser("volunteer", "anna")
            let vera = try await system.browser("volunteer", "vera")
            let before = try await anna.get("/applications/1")
            _ = try await anna.submit("/applications/1/response", on: before, ["status": "accepted"])
            let annas = try await anna.get("/applications/1")
            let veras = try await vera.get("/applications/1")
            let reason = #"{"reason":"Дождь < ветер"}"#
            _ = try await robot.ended(robot.post("/v1/applications/1/cancellation", reason))
            let late = try await anna.submit("/applications/1/response", on: annas, ["status": "declined"])
            #expect(late.status == 409 && late.shows("Дождь < ветер"), "anna sees what became of it")
            let stranger = try await vera.submit("/applications/1/response", on: veras, ["status": "accepted"])
            #expect(stranger.status == 409)
            #expect(try await vera.get("/applications/1").status == 404)
            #expect(try await anna.get("/mine").status == 200)
            #expect(try await vera.get("/applications/777").status == 404)
            try await system.quiesce()
        }
    }

    @Test func `a search finds, and one that cannot be understood says so`() async throws {
        try await TestSystem.run(settings: TestSystem.page) { system in
            let robot = try await system.client("service", "robot")
            for (id, name, days) in [(1, "Уборка парка", 10), (2, "Помощь приюту", 20)] {
                _ = try await robot.create(ID(id), spots: 1, startsIn: .seconds(days * 86_400), name: name)
            }
            let anna = try await system.browser("volunteer", "anna")
            func found(_ query: String) async throws -> [Bool] {
                let page = try await anna.get("/?\(query)")
                #expect(page.status == 200)
                return [page.shows("Уборка парка"), page.shows("Помощь приюту")]
            }
            let day = CivilClock.civil(Timestamp.now().advanced(by: .seconds(20 * 86_400)), in: .gmt).0
            #expect(try await found("q=&from=&to=") == [true, true])
            #expect(try await found("q=%D0%9F%D0%A0%D0%98%D0%AE%D0%A2%D0%A3") == [false, true])
            #expect(try await found("from=\(day.adding(days: -3))") == [false, true])
            #expect(try await found("to=\(day.adding(days: -3))") == [true, false])
            for query in ["from=2026-02-30", "to=soon", "q=\(String(repeating: "a", count: 101))", "cursor=x", "q=%ff"]
            {
                #expect(try await anna.get("/?\(query)").status == 400, "\(query)")
            }
            try await system.quiesce()
        }
    }

    @Test func `messages are read and marked, and pages answer without NotifierService`() async throws {
        try await TestSystem.run(
            settings: TestSystem.page, services: [.application, .waitlist, .notifier]
        ) { system in
            let robot = try await system.client("service", "robot")
            _ = try await robot.create(1, spots: 2, name: "Парк")
            let anna = try await system.browser("volunteer", "anna")
            _ = try await robot.ended(robot.respond("anna", 1))
            try await eventually("anna has a message") {
                try await anna.get("/mine/messages?unread=true").shows("Парк")
            }
            let page = try await anna.get("/mine/messages")
            let marked = try await anna.submit("/mine/messages", on: page)
            #expect(marked.status == 303 && marked.location == "/mine/messages")
            #expect(try await !anna.get("/mine/messages?unread=true").shows("«Парк»"))
            #expect(try await anna.send(.POST, "/mine/messages", ["up_to": "all"]).status == 400)

            system.notifier.signal(SIGTERM)
            _ = try await system.notifier.waitForExit(within: .seconds(12))
            let call = try await anna.get("/applications/1")
            #expect(call.status == 200, "what is known is shown")
            let left = try await anna.submit("/applications/1/response", on: call, ["status": "declined"])
            #expect(left.status == 303)
            #expect(try await anna.get("/mine/messages").status == 503)
        }
    }
}

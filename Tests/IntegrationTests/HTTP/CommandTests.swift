import Contracts
import Foundation
import TestSupport
import Testing

/// Commands over HTTP: accepted once and tracked to their end (contract section 8).
@Suite struct CommandTests {
    @Test func `a fund creates an application, volunteers respond, and each operation has its outcome`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            let created = try await http.create(456, spots: 1)
            #expect(created.status == 202)
            #expect(created.headers["retry-after"] == "1")
            let operation: API.Operation = try created.decoded()
            #expect(operation.kind == "create_volunteer_application")
            #expect(operation.status == "succeeded")
            #expect(operation.result?.volunteer_application_id?.text == "456")
            #expect(created.headers["location"] == "/v1/operations/\(operation.id)")
            #expect(operation.id.hasPrefix("p00-"))

            #expect(try await http.ended(http.respond(1, 456)).result == .init(outcome: "confirmed"))
            let second = try await http.respond(2, 456)
            #expect(second.status == 202)
            #expect(try await http.ended(second).result == .init(outcome: "waiting", position: 1))
            #expect(try await http.ended(http.respond(3, 456)).result == .init(outcome: "waiting", position: 2))
            #expect(system.statusRecords(.confirmed, about: 456).map(\.userID) == [1])

            // A repeated response gets the current outcome at once, and no notification is sent.
            for (volunteer, result) in [
                (1, API.Operation.Result(outcome: "confirmed")), (3, .init(outcome: "waiting", position: 2)),
            ] {
                let again: API.Operation = try await http.respond(ID(volunteer), 456).decoded()
                #expect(again.status == "succeeded")
                #expect(again.result == result)
            }
            #expect(try await http.ended(http.respond(2, 456, "declined")).result == .init(outcome: "declined"))
            try await eventually("the third is now first on the list") {
                let now: API.Operation = try await http.respond(3, 456).decoded()
                return now.result == .init(outcome: "waiting", position: 1)
            }

            // A spot becomes free, and the offer is claimed over HTTP.
            #expect(try await http.ended(http.respond(1, 456, "declined")).result == .init(outcome: "declined"))
            try await system.waitUntil("the third has an offer") { system.offers(456).map(\.userID) == [3] }
            #expect(try await http.ended(http.respond(3, 456)).result == .init(outcome: "confirmed"))

            #expect(try await http.call("PATCH", "/v1/applications/456", #"{"available_spots":2}"#).status == 202)
            let cancelled = try await http.post("/v1/applications/456/cancellation", #"{"reason":"дождь"}"#)
            #expect(try await http.ended(cancelled).status == "succeeded")
            try await system.waitUntil("the third is notified of the cancellation") {
                system.statusRecords(.cancelled, about: 456).map(\.reason) == ["дождь"]
            }
            try await system.quiesce()
        }
    }

    @Test func `checks that fail at once leave no trace`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            #expect(try await http.create(1, spots: 1).status == 202, "an equal create is accepted again")
            try await expectProblem(http.create(1, spots: 2), 409, "differing_application")
            try await expectProblem(http.respond(7, 99), 404, "not_found")
            try await expectProblem(http.call("PATCH", "/v1/applications/99", "{}"), 404, "not_found")
            try await expectProblem(http.call("DELETE", "/v1/applications/99"), 404, "not_found")
            _ = try await http.create(2, spots: 1, startsIn: .seconds(-3600))
            try await expectProblem(http.respond(7, 2), 409, "application_started")
            #expect(try await http.call("DELETE", "/v1/applications/1").status == 202)
            try await expectProblem(http.respond(7, 1), 409, "application_cancelled")
            try await expectProblem(
                http.call("PATCH", "/v1/applications/1", #"{"available_spots":5}"#), 409, "application_cancelled")
            try await expectProblem(http.call("DELETE", "/v1/applications/1"), 409, "application_cancelled")
            try await system.quiesce()
            #expect(try await system.application.items("refused", as: Refused.self).isEmpty)
            #expect(
                system.statusRecords(.refused, about: 1).isEmpty && system.statusRecords(.refused, about: 2).isEmpty)
        }
    }

    private struct Refused: Decodable {}

    @Test func `one key means one command: twenty at once, later, and after a crash`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            let bodies = try await withThrowingTaskGroup(of: APIClient.Response.self) { group in
                for _ in 0..<20 { group.addTask { try await http.create(nil, spots: 1, key: "one") } }
                return try await group.reduce(into: [APIClient.Response]()) { $0.append($1) }
            }
            #expect(bodies.allSatisfy { $0.status == 202 })
            #expect(Set(bodies.map(\.body)).count == 1)
            #expect(bodies.count { $0.headers["idempotent-replayed"] == nil } == 1)
            let all: API.Page<API.Application> = try await http.get("/v1/applications").decoded()
            #expect(all.items.count == 1)

            await system.application.kill()
            try await system.application.start()
            try await system.application.waitUntilReady()
            // A key may be quoted or bare.
            let replayed = try await http.create(nil, spots: 1, key: "\"one\"")
            #expect(replayed.body == bodies.first?.body)
            #expect(replayed.headers["idempotent-replayed"] == "true")
            #expect(replayed.headers["location"] == bodies.first?.headers["location"])

            try await expectProblem(http.create(nil, spots: 2, key: "one"), 422, "idempotency_mismatch")
            // The scope is the caller, the method, the path and the key.
            let id = try #require(all.items.first?.volunteer_application_id.text)
            #expect(try await http.respond(1, ID(id), key: "one").headers["idempotent-replayed"] == nil)
            // Only accepted commands are stored.
            try await expectProblem(http.respond(1, 99, key: "two"), 404, "not_found")
            #expect(try await http.respond(1, ID(id), key: "two").headers["idempotent-replayed"] == nil)
            try await system.quiesce()
        }
    }

    // Contract section 5 rule 4.
    @Test func `who has given up a spot too often within an hour is refused, by HTTP and by message`() async throws {
        try await TestSystem.run(
            settings: ["CHANGES_PER_HOUR": "2"], services: [.application, .waitlist, .notifier]
        ) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            for _ in 0..<2 {
                #expect(try await http.ended(http.respond(7, 1)).result == .init(outcome: "confirmed"))
                #expect(try await http.ended(http.respond(7, 1, "declined")).result == .init(outcome: "declined"))
            }
            let refused = try await http.respond(7, 1)
            try expectProblem(refused, 429, "too_many_changes")
            #expect(refused.headers["retry-after"].flatMap { Int($0) } != nil)
            try await system.accept(7, 1)
            #expect(try await http.ended(http.respond(8, 1)).result == .init(outcome: "confirmed"), "not others")
            try await system.quiesce()
            #expect(system.statusRecords(7).last?.reason == "too_many_changes")
            #expect(system.notifications(to: 7).last?.message.contains("слишком часто") == true)
        }
    }

    @Test func `a replay is answered before any other check of state or rate`() async throws {
        try await TestSystem.run(settings: ["RATE_LIMIT": "5"]) { system in
            let http = try await system.client()
            let first = try await http.create(1, spots: 1, key: "early")
            _ = try await http.call("DELETE", "/v1/applications/1")
            var answer = try await http.get("/v1/applications/1")
            for _ in 0..<20 where answer.status != 429 { answer = try await http.get("/v1/applications/1") }
            #expect(answer.status == 429)
            #expect(answer.headers["retry-after"] == "1")
            for _ in 0..<10 {
                let replay = try await http.create(1, spots: 1, key: "early")
                #expect(replay.body == first.body && replay.headers["idempotent-replayed"] == "true")
            }
            var refused = 0
            for _ in 0..<20 where try await http.get("/v1/applications/1").status == 429 { refused += 1 }
            #expect(refused > 0, "replays do not refill the rate limit")
            try await eventually("the rate limit has refilled") {
                try await http.get("/v1/applications/1").status == 200
            }
        }
    }

    @Test func `with several partitions one key still makes one application`() async throws {
        try await TestSystem.run(partitions: 4) { system in
            let http = try await system.client()
            let answers = try await withThrowingTaskGroup(of: APIClient.Response.self) { group in
                // The ids belong to different partitions, and the bodies differ.
                for id in 1...12 { group.addTask { try await http.create(ID(id), spots: 1, key: "shared") } }
                return try await group.reduce(into: [APIClient.Response]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 202 } == 1)
            #expect(answers.count { $0.status == 422 } == 11)
            let all: API.Page<API.Application> = try await http.get("/v1/applications").decoded()
            #expect(all.items.count == 1)
            for id in 20...27 {
                let created = try await http.create(ID(id), spots: 1)
                let operation: API.Operation = try created.decoded()
                #expect(operation.id.hasPrefix(Partition.of(ID(id), count: 4).name + "-"))
                #expect(try await http.get("/v1/operations/\(operation.id)").status == 200)
            }
            try await system.quiesce()
        }
    }

    @Test func `commands are accepted while the broker is down, and published when it is back`() async throws {
        try await TestSystem.run(ownBroker: true) { system in
            let http = try await system.client()
            try await system.broker.stop()
            #expect(try await http.create(1, spots: 1).status == 202)
            #expect(try await http.ended(http.respond(5, 1)).result == .init(outcome: "confirmed"))
            let waiting = try await http.respond(6, 1)
            let polled: API.Operation = try await http.get(
                waiting.headers["location"] ?? "", ["Prefer": "wait=1"]
            ).decoded()
            #expect(polled.status == "pending", "WaitlistService does not have it yet")
            let page: API.Page<API.Response> = try await http.get("/v1/applications/1/responses").decoded()
            #expect(page.items.map(\.state) == ["confirmed", "waiting"])
            try await system.restartBroker()
            #expect(try await http.ended(waiting).result == .init(outcome: "waiting", position: 1))
            try await system.application.waitUntilReady()
            try await system.waitlist.waitUntilReady()
        }
    }

    @Test func `a response stays pending until WaitlistService answers, even across a crash`() async throws {
        try await TestSystem.run(services: [.application]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            _ = try await http.respond(1, 1)
            let waiting = try await http.respond(2, 1)
            await system.application.kill()
            try await system.application.start()
            try await system.application.waitUntilReady()
            let location = try #require(waiting.headers["location"])
            #expect(try await http.get(location).decoded(as: API.Operation.self).status == "pending")
            async let ended = http.get(location, ["Prefer": "wait=20"])
            try await system.waitlist.start()
            let operation: API.Operation = try await ended.decoded()
            #expect(operation.result == .init(outcome: "waiting", position: 1), "the poll waited until then")
            try await system.waitlist.waitUntilReady()
        }
    }

    @Test func `a waiting volunteer's repeated response is answered without WaitlistService`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            for volunteer in 1...3 { _ = try await http.ended(http.respond(ID(volunteer), 1)) }
            await system.waitlist.kill()
            let again: API.Operation = try await http.respond(3, 1).decoded()
            #expect(again.status == "succeeded")
            #expect(again.result == .init(outcome: "waiting"), "the position is unknown")
            try await system.waitlist.start()
            try await system.waitlist.waitUntilReady()
            _ = try await http.respond(1, 1, "declined")
            try await system.waitUntil("both hold offers") { system.offers(1).count == 2 }
            await system.waitlist.kill()
            let claim: API.Operation = try await http.respond(3, 1).decoded()
            #expect(claim.result == .init(outcome: "confirmed"), "a claim does not need WaitlistService")
            try await system.waitlist.start()
            try await system.waitlist.waitUntilReady()
            try await system.quiesce()
        }
    }

    @Test func `a response fails if the application is cancelled before the list has the volunteer`() async throws {
        try await TestSystem.run(services: [.application]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            _ = try await http.respond(1, 1)
            let waiting = try await http.respond(2, 1)
            _ = try await http.ended(http.call("DELETE", "/v1/applications/1"))
            // WaitlistService does not run: its answer is not needed.
            let operation = try await http.ended(waiting)
            try await system.waitlist.start()
            #expect(operation.status == "failed")
            #expect(operation.error?.code == "application_cancelled")
            let poll = try await http.get(waiting.headers["location"] ?? "")
            #expect(poll.status == 200, "a failed operation is returned with 200")
            try await system.waitlist.waitUntilReady()
        }
    }

    @Test func `responses by message and over HTTP follow the same rules`() async throws {
        try await TestSystem.run { system in
            let http = try await system.client()
            try await system.create(456, spots: 2)
            try await system.accept(1, 456)
            try await system.waitUntil("the first is confirmed") {
                system.statusRecords(.confirmed, about: 456).count == 1
            }
            #expect(try await http.ended(http.respond(2, 456)).result == .init(outcome: "confirmed"))
            try await system.accept(3, 456)
            try await system.waitUntil("the third waits") { system.statusRecords(.waiting, about: 456).count == 1 }
            #expect(try await http.ended(http.respond(4, 456)).result == .init(outcome: "waiting", position: 2))
            try await system.quiesce()
        }
    }
}

/// Checks the status, media type and code of a problem document.
func expectProblem(
    _ answer: APIClient.Response, _ status: Int, _ code: String, at pointer: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(answer.status == status, "\(answer.body)", sourceLocation: sourceLocation)
    #expect(answer.headers["content-type"] == "application/problem+json", sourceLocation: sourceLocation)
    let problem: API.Problem = try answer.decoded()
    #expect(problem.code == code, sourceLocation: sourceLocation)
    #expect(problem.status == status, sourceLocation: sourceLocation)
    if let pointer { #expect(problem.errors?.map(\.pointer) == [pointer], sourceLocation: sourceLocation) }
}

import Contracts
import Foundation
import TestSupport
import Testing

/// The public door's own life: a stop, and a crash in the middle of its work.
@Suite struct ShutdownTests {
    @Test func `who polls when the process is to stop is answered at once`() async throws {
        try await TestSystem.run(services: [.application]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            _ = try await http.respond(1, 1)
            let place = try #require(try await http.respond(2, 1).headers["location"])
            async let polled = http.get(place, ["Prefer": "wait=20"])
            try await eventually("the poll is there") {
                try await system.application.metrics().sum("waitlist_http_waiting") == 1
            }
            // Exit 0 comes within 10 s or not at all, and the poll would wait for 20.
            #expect(try await system.application.stop() == 0)
            let answer = try await polled
            #expect(answer.status == 200)
            #expect(try answer.decoded(as: API.Operation.self).status == "pending")
        }
    }

    @Test func `commands that are under way at a stop are answered, and what was answered holds`() async throws {
        try await TestSystem.run(settings: ["RATE_LIMIT": "0"], services: [.application]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 100_000)
            let accepted = try await withThrowingTaskGroup(of: [ID].self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        var accepted: [ID] = []
                        for number in 0..<5_000 {
                            let volunteer = ID(lane * 10_000 + number)
                            // After the stop nobody listens any more.
                            guard let answer = try? await http.respond(volunteer, 1) else { break }
                            #expect([202, 503].contains(answer.status), "\(answer.status) \(answer.body)")
                            if answer.status == 202 { accepted.append(volunteer) }
                        }
                        return accepted
                    }
                }
                try await eventually("they are busy") {
                    try await http.get("/v1/applications/1").decoded(as: API.Application.self).confirmed > 100
                }
                #expect(try await system.application.stop() == 0)
                return try await group.reduce(into: [ID]()) { $0 += $1 }
            }
            try await system.application.start()
            try await system.application.waitUntilReady()
            // The client's pool still has news of connections that failed.
            try await eventually("it answers again") { (try? await http.get("/v1/applications/1"))?.status == 200 }
            var confirmed: Set<String> = []
            var next: String? = "/v1/applications/1/responses?limit=200"
            while let path = next {
                let page: API.Page<API.Response> = try await http.get(path).decoded()
                confirmed.formUnion(page.items.map(\.volunteer_id.text))
                next = page.next
            }
            #expect(Set(accepted.map(\.string)).subtracting(confirmed) == [])
        }
    }

    /// The points on a command's way, with a number that the volunteers reach for certain: each lane waits for an
    /// answer before it asks again, so that no commit takes all. But all may go to the broker in one.
    static let points = ["decided:4", "committed:4", "relayed", "confirmed", "cursor-moved"]

    @Test(arguments: points) func `who sends again with the same key until it is answered has one effect`(
        point: String
    ) async throws {
        try await TestSystem.run(settings: ["RATE_LIMIT": "0"]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 5)
            await system.application.kill()
            try await system.application.start(["CRASH_POINT": point])
            let answers = try await withThrowingTaskGroup(of: [APIClient.Response].self) { group in
                for lane in 0..<4 {
                    group.addTask {
                        var answers: [APIClient.Response] = []
                        for volunteer in stride(from: lane + 1, through: 24, by: 4) {
                            answers.append(try await http.respondUntilAccepted(ID(volunteer)))
                        }
                        return answers
                    }
                }
                group.addTask {
                    #expect(try await system.application.waitForExit() == 128 + SIGKILL)
                    try await system.application.start()
                    try await system.application.waitUntilReady()
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            var places: [Int?] = []
            for answer in answers {
                let result = try #require(try await http.ended(answer).result)
                #expect(["confirmed", "waiting"].contains(result.outcome))
                if result.outcome == "waiting" { places.append(result.position) }
            }
            #expect(Set(places) == Set(1...19) && places.count == 19, "each has a place of his own")
            try await system.expectExactlyOnce()
            for volunteer in 1...24 { #expect(system.statuses(of: ID(volunteer), about: 1).count == 1, "\(volunteer)") }
        }
    }
}

extension APIClient {
    /// Repeats a volunteer's response, with the same key, until it is accepted.
    fileprivate func respondUntilAccepted(_ volunteer: ID) async throws -> APIClient.Response {
        var answer: APIClient.Response?
        try await eventually("\(volunteer) is answered") {
            answer = try? await respond(volunteer, 1, key: "key-\(volunteer)")
            return answer?.status == 202
        }
        return try #require(answer)
    }
}

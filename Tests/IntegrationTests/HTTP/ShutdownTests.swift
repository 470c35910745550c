import Contracts
import Foundation
import TestSupport
import Testing

/// Requests in progress when the process stops or crashes (contract sections 8 and 9).
@Suite struct ShutdownTests {
    @Test func `a waiting poll is answered at once when the process stops`() async throws {
        try await TestSystem.run(services: [.application]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 1)
            _ = try await http.respond(1, 1)
            let place = try #require(try await http.respond(2, 1).headers["location"])
            async let polled = http.get(place, ["Prefer": "wait=20"])
            try await eventually("the poll is waiting") {
                try await system.application.metrics().sum("waitlist_http_waiting") == 1
            }
            // The service exits within 10 s, while the poll would wait for 20 s.
            #expect(try await system.application.stop() == 0)
            let answer = try await polled
            #expect(answer.status == 200)
            #expect(try answer.decoded(as: API.Operation.self).status == "pending")
        }
    }

    @Test func `a poll that waits at another process is answered at once when the first one stops`() async throws {
        try await TwoProcesses.run(services: []) { two in
            let id = OtherProcessTests.ids("stop")[3]
            #expect(try await two.first.create(id, spots: 1).status == 202)
            #expect(try await two.first.respond(1, id).status == 202)
            let place = try #require(try await two.first.respond(2, id).headers["location"])
            async let polled = two.first.get(place, ["Prefer": "wait=20"])
            try await eventually("the poll is waiting at the owner") {
                try await two.processes[1].metrics().sum("waitlist_http_waiting") == 1
            }
            #expect(try await two.processes[0].stop() == 0)
            let answer = try await polled
            #expect(answer.status == 200 && answer.headers["preference-applied"] == nil)
            #expect(try answer.decoded(as: API.Operation.self).status == "pending")
        }
    }

    @Test func `commands in progress at a stop are answered, and accepted ones take effect`() async throws {
        try await TestSystem.run(settings: ["RATE_LIMIT": "0"], services: [.application]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 100_000)
            let accepted = try await withThrowingTaskGroup(of: [ID].self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var accepted: [ID] = []
                        for number in 0..<5_000 {
                            let volunteer = ID(worker * 10_000 + number)
                            // After the stop the connection is refused.
                            guard let answer = try? await http.respond(volunteer, 1) else { break }
                            #expect([202, 503].contains(answer.status), "\(answer.status) \(answer.body)")
                            if answer.status == 202 { accepted.append(volunteer) }
                        }
                        return accepted
                    }
                }
                try await eventually("the workers are busy") {
                    try await http.get("/v1/applications/1").decoded(as: API.Application.self).confirmed > 100
                }
                #expect(try await system.application.stop() == 0)
                return try await group.reduce(into: [ID]()) { $0 += $1 }
            }
            try await system.application.start()
            try await system.application.waitUntilReady()
            // The client's pool may still hold failed connections.
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

    /// The crash points of a command, each with a count that is certain to be reached: every worker waits for a
    /// response before its next request, so that there are several commits. All messages may be published in one
    /// batch, though.
    static let points = ["decided:4", "committed:4", "relayed", "confirmed", "cursor-moved"]

    @Test(arguments: points) func `a command repeated with the same key across a crash has one effect`(
        point: String
    ) async throws {
        try await TestSystem.run(settings: ["RATE_LIMIT": "0"]) { system in
            let http = try await system.client()
            _ = try await http.create(1, spots: 5)
            await system.application.kill()
            try await system.application.start(["CRASH_POINT": point])
            let answers = try await withThrowingTaskGroup(of: [APIClient.Response].self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var answers: [APIClient.Response] = []
                        for volunteer in stride(from: worker + 1, through: 24, by: 4) {
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
            var positions: [Int?] = []
            for answer in answers {
                let result = try #require(try await http.ended(answer).result)
                #expect(["confirmed", "waiting"].contains(result.outcome))
                if result.outcome == "waiting" { positions.append(result.position) }
            }
            #expect(Set(positions) == Set(1...19) && positions.count == 19, "each has a position of their own")
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

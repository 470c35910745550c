import Contracts
import Foundation
import TestSupport
import Testing

/// The inbox, live streams, their tickets, and pages of other origins (contract section 8).
@Suite struct StreamTests {
    private static let all: [ServiceProcess.Kind] = [.application, .waitlist, .notifier]

    private struct Notification: Decodable, Hashable {
        let id: Int64
        let kind: String
        let message: String
        let timestamp: String
    }

    private func inbox(of volunteer: ID, _ http: APIClient) async throws -> [Notification] {
        var found: [Notification] = []
        var next: String? = "/v1/volunteers/\(volunteer)/notifications?limit=2"
        while let path = next {
            let page: API.Page<Notification> = try await http.get(path).decoded()
            found += page.items
            next = page.next
        }
        return found
    }

    @Test func `an inbox has what a subscriber of notifications got`() async throws {
        try await TestSystem.run(partitions: 3, services: Self.all) { system in
            let http = try await system.client()
            for id: ID in [1, 2, 3] { _ = try await http.ended(http.create(id, spots: 2)) }
            for id: ID in [1, 2, 3] {
                for volunteer: ID in [11, 12, 13, 14] { _ = try await http.ended(http.respond(volunteer, id)) }
            }
            _ = try await http.ended(http.respond(11, 1, "declined"))
            _ = try await http.ended(
                http.call("PATCH", "/v1/applications/2", #"{"application_name":"Уборка парка"}"#))
            _ = try await http.ended(http.post("/v1/applications/3/cancellation", #"{"reason":"Дождь"}"#))
            try await system.quiesce()
            for volunteer: ID in [11, 12, 13, 14] {
                let inbox = try await inbox(of: volunteer, http)
                let received = system.notifications(to: volunteer)
                #expect(inbox.reversed().map(\.message) == received.map(\.message))
                #expect(inbox.reversed().map(\.kind) == received.compactMap(\.kind?.rawValue))
                #expect(inbox.reversed().map(\.timestamp) == received.map { "\($0.timestamp)" })
                #expect(inbox.count > 3 && Set(inbox.map(\.id)).count == inbox.count)
            }
            let read = try await http.post("/v1/volunteers/11/notifications/read", #"{"up_to":9007199254740991}"#)
            #expect(read.body == #"{"unread":0}"#)
        }
    }

    @Test func `a stream goes on without gap or repetition after both services were restarted`() async throws {
        try await TestSystem.run(services: Self.all) { system in
            let http = try await system.client()
            for id: ID in [1, 2, 3, 4] { _ = try await http.ended(http.create(id, spots: 1)) }
            let path = "/v1/volunteers/7/notifications/stream"
            var seen: [EventReader.Event] = []
            var last = try await http.stream(path) { stream -> Int64? in
                #expect(stream.status == 200 && stream.headers["content-type"]?.hasPrefix("text/event-stream") == true)
                #expect(stream.headers["cache-control"] == "no-store" && stream.headers["x-accel-buffering"] == "no")
                _ = try await http.respond(7, 1)
                seen += try await stream.next(1)
                // NotifierService is away while the stream is open.
                #expect(try await system.notifier.stop() == 0)
                _ = try await http.respond(7, 2)
                try await system.notifier.start()
                seen += try await stream.next(1)
                // A stop ends the stream at once.
                #expect(try await system.application.stop() == 0)
                #expect(try await stream.next() == nil)
                return stream.last
            }
            #expect(try await system.notifier.stop() == 0)
            try await system.application.start()
            try await system.application.waitUntilReady()
            try await eventually("it answers again") { (try? await http.get("/v1/applications/3"))?.status == 200 }
            // The client that has seen something need not wait for NotifierService.
            last = try await http.stream(path, after: last) { stream -> Int64? in
                _ = try await http.respond(7, 3)
                try await system.notifier.start()
                seen += try await stream.next(1)
                return stream.last
            }
            _ = try await http.ended(http.respond(7, 4))
            // The header field counts, not the older parameter.
            try await http.stream(path + "?last_event_id=1", after: last) { seen += try await $0.next(1) }
            let inbox = try await inbox(of: 7, http)
            #expect(inbox.count == 4 && seen.map(\.id) == inbox.map(\.id).reversed())
            #expect(seen.map(\.id) == seen.map(\.id).sorted() && last == seen[2].id)
            let again = try await http.stream(path + "?last_event_id=0") { try await $0.next(4) }
            #expect(again == seen)
            let decoded = try seen.map { try JSONDecoder().decode(Notification.self, from: Data($0.data.utf8)) }
            #expect(decoded == inbox.reversed())
        }
    }

    @Test func `an operation's stream shows what a poll returns, and ends`() async throws {
        try await TwoProcesses.run(services: []) { two in
            let id = OtherProcessTests.ids("stream")[3]
            #expect(try await two.first.create(id, spots: 1).status == 202)
            _ = try await two.first.respond(1, id)
            let place = try #require(try await two.first.respond(2, id).headers["location"])
            try await two.first.stream(place + "/stream") { there in
                try await two.second.stream(place + "/stream") { here in
                    let polled = try await two.first.get(place).body
                    let pending = EventReader.Event(id: 1, data: polled)
                    #expect(try await there.next() == pending)
                    #expect(try await here.next() == pending)
                    try await two.system.waitlist.start()
                    let ended = try await here.next()
                    #expect(try await there.next() == ended)
                    #expect(try await ended == EventReader.Event(id: 3, data: two.second.get(place).body))
                    #expect(try await here.next() == nil)
                    #expect(try await there.next() == nil)
                }
            }
            for client in [two.first, two.second] {
                let again = try await client.get(place + "/stream", ["Last-Event-ID": "3"])
                #expect(again.status == 204 && again.body.isEmpty)
                #expect(try await client.stream(place + "/stream", after: 1) { try await $0.next(9) }.map(\.id) == [3])
                #expect(try await client.call("HEAD", place + "/stream").status == 200)
                let unknown = place.dropLast() + (place.hasSuffix("0") ? "1" : "0")
                try expectProblem(try await client.get("\(unknown)/stream"), 404, "not_found")
                try expectProblem(
                    try await client.get(place + "/stream", ["Accept": "application/json"]), 406, "not_acceptable")
                try expectProblem(
                    try await client.get(place + "/stream", ["Last-Event-ID": "x"]), 400, "malformed")
            }
            // No process of NotifierService runs.
            for client in [two.first, two.second] {
                for path in ["notifications", "notifications/stream"] {
                    let answer = try await client.get("/v1/volunteers/1/\(path)")
                    try expectProblem(answer, 503, "unavailable")
                    #expect(answer.headers["retry-after"] != nil)
                }
            }
        }
    }

    @Test func `a ticket opens one stream of its caller, at any process`() async throws {
        try await TwoProcesses.run(settings: TestSystem.authentication, services: [.notifier]) { two in
            let volunteer = try await two.system.client("volunteer", 7)
            let (first, second) = (two.first, two.second)
            let own = "/v1/volunteers/7/notifications/stream"
            var used: [String] = []
            for client in [first, second] {
                let ticket = try await self.ticket(of: volunteer)
                used.append(ticket)
                #expect(try await client.stream("\(own)?ticket=\(ticket)") { $0.status } == 200)
                for again in [first, second] {
                    try expectProblem(try await again.get("\(own)?ticket=\(ticket)"), 401, "unauthorized")
                }
                // It is the caller's, and opens nothing but a stream.
                let other = try await self.ticket(of: volunteer)
                used.append(other)
                try expectProblem(
                    try await client.get("/v1/volunteers/8/notifications/stream?ticket=\(other)"), 404, "not_found")
                let third = try await self.ticket(of: volunteer)
                used.append(third)
                try expectProblem(
                    try await client.get("/v1/volunteers/7/notifications?ticket=\(third)"), 401, "unauthorized")
            }
            try expectProblem(try await first.get("\(own)?ticket=p01-x"), 401, "unauthorized")
            try expectProblem(try await first.post("/v1/stream-tickets", ""), 401, "unauthorized")
            try expectProblem(try await volunteer.post("/v1/stream-tickets/redemption", ""), 404, "not_found")
            for process in two.processes {
                let log = process.logTail
                #expect(log.contains("notifications/stream"))
                for ticket in used { #expect(!log.contains(ticket)) }
            }
        }
    }

    private func ticket(of client: APIClient) async throws -> String {
        let answer = try await client.post("/v1/stream-tickets", "")
        #expect(answer.status == 201 && answer.headers["cache-control"] == "no-store", "\(answer.body)")
        return try answer.decoded(as: [String: String].self)["ticket"] ?? ""
    }

    @Test func `a caller has at most five streams, and a volunteer's is not shown to others`() async throws {
        try await TestSystem.run(
            settings: TestSystem.authentication, services: [.application, .notifier]
        ) { system in
            let volunteer = try await system.client("volunteer", 7)
            let own = "/v1/volunteers/7/notifications/stream"
            func open(_ count: Int) async throws {
                guard count > 0 else {
                    let sixth = try await volunteer.get(own)
                    try expectProblem(sixth, 429, "too_many_requests")
                    #expect(sixth.headers["retry-after"] != nil)
                    return
                }
                try await volunteer.stream(own) { stream in
                    #expect(stream.status == 200)
                    try await open(count - 1)
                }
            }
            try await open(5)
            // A client that is gone makes room, long before the next heartbeat.
            try await eventually("the streams are closed") {
                try await system.application.metrics().sum("waitlist_http_streams") == 0
            }
            try await volunteer.stream(own) { #expect($0.status == 200) }
            for other in [try await system.client("volunteer", 8), try await system.client("fund", 7)] {
                for path in ["stream", "read"] {
                    let answer = try await other.call(
                        path == "read" ? "POST" : "GET", "/v1/volunteers/7/notifications/\(path)")
                    try expectProblem(answer, 404, "not_found")
                }
            }
        }
    }

    @Test func `a listed origin's page may call the API, and reads its problems`() async throws {
        let page = "https://platform.example"
        let settings = TestSystem.authentication.merging(["CORS_ORIGINS": "\(page),http://localhost:3000"]) { $1 }
        try await TestSystem.run(settings: settings, services: [.application]) { system in
            let anonymous = try await system.client()
            let preflight = try await anonymous.call(
                "OPTIONS", "/v1/applications", nil,
                [
                    "Origin": page, "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
                ])
            #expect(preflight.status == 204 && preflight.headers["access-control-allow-origin"] == page)
            #expect(preflight.headers["access-control-allow-methods"]?.contains("POST") == true)
            #expect(preflight.headers["access-control-allow-credentials"] == nil)
            let service = try await system.client("service", "platform")
            for (client, path, status) in [
                (anonymous, "/v1/applications", 401), (service, "/v1/applications/1", 404), (service, "/v1/none", 404),
                (service, "/v1/applications", 200), (anonymous, "/openapi.json", 200),
            ] {
                let answer = try await client.get(path, ["Origin": page])
                #expect(answer.status == status && answer.headers["access-control-allow-origin"] == page, "\(path)")
                #expect(answer.headers["access-control-expose-headers"]?.contains("X-Request-Id") == true)
                #expect(answer.headers["vary"]?.contains("Origin") == true)
                let foreign = try await client.get(path, ["Origin": "https://evil.example"])
                #expect(foreign.status == status)
                #expect(!foreign.headers.keys.contains { $0.hasPrefix("access-control") }, "\(path)")
            }
        }
        let open = ["CORS_ORIGINS": page]
        try await TestSystem.run(settings: open, services: [.application]) { system in
            let http = try await system.client()
            let listed = ["Origin": page, "Sec-Fetch-Site": "cross-site"]
            #expect(try await http.get("/v1/applications", listed).status == 200)
            let foreign = try await http.get("/v1/applications", ["Origin": "https://evil.example"])
            try expectProblem(foreign, 421, "misdirected_request")
        }
    }
}

import Contracts
import Foundation
import TestSupport
import Testing

/// The live stream of the page: what somebody does is heard by others, at any process (contract section 8).
@Suite struct LiveTests {
    private static let all: [ServiceProcess.Kind] = [.application, .waitlist, .notifier]

    private struct Event: Decodable, Hashable {
        var applications: [String]?
        var messages: Bool?
        var all: Bool?

        init(_ event: EventReader.Event) throws {
            self = try JSONDecoder().decode(Event.self, from: Data(event.data.utf8))
        }

        func concerns(_ id: ID) -> Bool { applications?.contains(id.string) == true }
    }

    /// Reads until an event that the test waits for.
    private func next(
        _ stream: inout EventReader, _ what: String, where condition: (Event) -> Bool
    ) async throws {
        while let event = try await stream.next() {
            if try condition(Event(event)) { return }
        }
        throw Ended(what: what)
    }

    private func next(_ stream: inout EventReader) async throws -> Event? {
        try await stream.next().map { try Event($0) }
    }

    /// Volunteers respond until a change of the application is told by its name. It is not if it happens together with
    /// something of which only is known that anything may have changed.
    private func hearOf(_ id: ID, _ stream: inout EventReader, from client: APIClient) async throws {
        var wasNamed = false
        while !wasNamed {
            #expect(try await client.respond(.trusted("v\(UInt64.random(in: 0...UInt64.max))"), id).status == 202)
            try await next(&stream, "\(id) has changed") { event in
                wasNamed = event.concerns(id)
                return wasNamed || event.all == true
            }
        }
    }

    private struct Ended: Error {
        let what: String
    }

    private static func now() -> Int64 { Timestamp.now().milliseconds * 1_000 }

    @Test func `a stream in one process hears of changes in the partitions of both`() async throws {
        try await TwoProcesses.run(settings: TestSystem.page) { two in
            let system = two.system
            let robot = try await system.client("service", "robot")
            let session = try await system.session("volunteer", "anna")
            for base in [robot.base, two.second.base] {
                let name = base == robot.base ? "here" : "there"
                let ids = OtherProcessTests.ids(name)
                for id in ids { #expect(try await robot.create(id, spots: 1).status == 202) }
                try await APIClient(base: base, token: nil).stream("/live", session) { stream in
                    #expect(stream.status == 200)
                    #expect(stream.headers["vary"]?.contains("Authorization") != true)
                    #expect(stream.headers["cache-control"] == "no-store")
                    for id in ids { try await hearOf(id, &stream, from: robot) }
                    for id in ids { try await hearOf(id, &stream, from: robot) }
                }
            }
        }
    }

    @Test func `a stream is told of everything once the process that it could not ask has begun again`() async throws {
        try await TwoProcesses.run(settings: TestSystem.page) { two in
            let robot = try await two.system.client("service", "robot")
            let session = try await two.system.session("volunteer", "anna")
            let ids = OtherProcessTests.ids("again")[2...3]
            for id in ids { #expect(try await robot.create(id, spots: 1).status == 202) }
            try await robot.stream("/live", session) { stream in
                for id in ids { try await hearOf(id, &stream, from: robot) }
                await two.processes[1].kill()
                try await two.processes[1].start()
                try await two.processes[1].waitUntilReady()
                try await next(&stream, "anything may have changed") { $0.all == true }
                for id in ids { try await hearOf(id, &stream, from: robot) }
            }
        }
    }

    @Test func `a fund hears of its own applications, and a volunteer of messages`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: Self.all) { system in
            let robot = try await system.client("service", "robot")
            let (own, rival) = (try await system.session("fund", 123), try await system.session("fund", 124))
            let anna = try await system.client("volunteer", "a/n na")
            let session = try await system.session("volunteer", "a/n na")
            try await robot.stream("/live", own) { owned in
                try await robot.stream("/live", rival) { rivals in
                    try await robot.stream("/live", session) { volunteers in
                        #expect(try await robot.create("1", spots: 1, fund: 123).status == 202)
                        #expect(try await robot.create("2", spots: 1, fund: 124).status == 202)
                        #expect(try await anna.respond(nil, "1").status == 202)
                        try await next(&volunteers, "her message") { $0.messages == true }
                        let first = try await next(&rivals)
                        #expect(first?.applications == ["2"])
                        try await next(&owned, "its application") { event in
                            #expect(!event.concerns("2"))
                            return event.concerns("1")
                        }
                    }
                }
            }
            try await eventually("the streams are closed") {
                try await system.application.metrics().sum("waitlist_http_streams") == 0
            }
            let events = session.merging(["Accept": "text/event-stream"]) { $1 }
            for path in ["/live?after=x", "/live?after=-1"] {
                #expect(try await robot.send("GET", path, events).status == 400)
            }
            #expect(try await robot.send("GET", "/live", ["Accept": "text/event-stream"]).status == 403)
            #expect(try await robot.send("GET", "/live", session.merging(["Accept": "text/html"]) { $1 }).status == 406)
            let head = try await robot.send("HEAD", "/live", events)
            #expect(head.status == 200 && head.headers["content-type"] == "text/event-stream; charset=utf-8")
        }
    }

    @Test func `what has changed since the page was made is told at once, and nothing else`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: Self.all) { system in
            let robot = try await system.client("service", "robot")
            let session = try await system.session("volunteer", "anna")
            // Before the process began: anything may have changed since.
            try await robot.stream("/live?after=1", session) { stream in
                let event = try await next(&stream)
                #expect(event?.all == true)
            }
            let start = Self.now()
            let created = try await robot.create("1", spots: 1)
            _ = try await robot.ended(created)
            let id = try await robot.stream("/live?after=\(start + 2_000_000)", session) { stream -> Int64? in
                try await next(&stream, "the create") { $0.concerns("1") }
                return stream.last
            }
            // The header field is newer than the query.
            try await robot.stream("/live?after=1", after: (id ?? 0) + 2_000_001, session) { stream in
                #expect(try await robot.create("2", spots: 1).status == 202)
                let event = try await next(&stream)
                #expect(event?.applications == ["2"])
            }
            try await robot.stream("/live?after=\(start + 2_000_000)", session) { stream in
                let event = try await next(&stream)
                #expect(event?.applications == ["1", "2"])
            }
        }
    }

    @Test func `a message that was sent before the stream began is told`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: Self.all) { system in
            let robot = try await system.client("service", "robot")
            let anna = try await system.client("volunteer", "anna")
            let session = try await system.session("volunteer", "anna")
            let start = Self.now()
            _ = try await robot.ended(robot.create("1", spots: 1))
            _ = try await anna.ended(anna.respond(nil, "1"))
            try await system.quiesce()
            try await robot.stream("/live?after=\(start)", session) { stream in
                try await next(&stream, "the message") { $0.messages == true }
            }
        }
    }

    @Test func `a stop ends the streams, and the sixth stream of a caller has no place`() async throws {
        try await TestSystem.run(settings: TestSystem.page, services: [.application]) { system in
            let session = try await system.session("volunteer", "anna")
            let browser = try await system.client()
            func open(_ count: Int) async throws {
                guard count > 0 else {
                    let sixth = try await browser.send(
                        "GET", "/live", session.merging(["Accept": "text/event-stream"]) { $1 })
                    #expect(sixth.status == 429)
                    #expect(sixth.headers["retry-after"] != nil)
                    #expect(try await system.application.stop() == 0)
                    return
                }
                try await browser.stream("/live", session) { stream in
                    #expect(stream.status == 200)
                    try await open(count - 1)
                    #expect(try await stream.next() == nil)
                }
            }
            try await open(5)
            try await system.application.start()
            try await system.application.waitUntilReady()
        }
    }

    @Test func `the position that is read right after somebody ahead has left is the new one`() async throws {
        try await TestSystem.run(settings: ["RATE_LIMIT": "0"]) { system in
            let http = try await system.client()
            try await system.fillApplication(1, confirmed: 1...1, waiting: 2...102)
            for volunteer in 2...101 {
                #expect(try await http.respond(ID(volunteer), 1, "declined").status == 202)
                let last: API.Response = try await http.get("/v1/applications/1/responses/102").decoded()
                #expect(last.position == 102 - volunteer)
            }
        }
    }
}

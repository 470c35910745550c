import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// What clients hear while the owner of a partition is away, and that nothing is carried out twice (contract section 8,
/// "Other processes").
@Suite struct AbsentOwnerTests {
    private static let ids = OtherProcessTests.ids("absent")

    @Test func `while no process owns a partition it is unavailable, and the others are served`() async throws {
        try await TwoProcesses.run { two in
            let (first, id) = (two.first, Self.ids[2])
            for id in Self.ids { #expect(try await first.create(id, spots: 2).status == 202) }
            let operation = try #require(try await first.respond(1, id).headers["location"])
            #expect(try await two.processes[1].stop() == 0)

            for path in [
                "/v1/applications", "/v1/applications/\(id)", "/v1/applications/\(id)/responses",
                "/v1/applications/\(id)/responses/1", "/v1/volunteers/1/responses", operation,
            ] {
                let answer = try await first.get(path)
                try expectProblem(answer, 503, "unavailable")
                #expect(answer.headers["retry-after"] == "5", "\(path)")
            }
            for answer in [
                try await first.respond(2, id), try await first.create(id, spots: 2),
                try await first.call("PATCH", "/v1/applications/\(id)", "{\"available_spots\":3}"),
                try await first.call("DELETE", "/v1/applications/\(id)"),
                try await first.post("/v1/applications/\(id)/cancellation", "{}"),
            ] {
                try expectProblem(answer, 503, "unavailable")
                #expect(answer.headers["retry-after"] == "5")
            }
            #expect(try await first.get("/v1/applications/\(Self.ids[0])").status == 200)
            #expect(try await first.respond(1, Self.ids[1]).status == 202)
            #expect(try await first.create(nil, spots: 1).status == 202, "an assigned id is of an own partition")
            let here = OtherProcessTests.ids("here")[0]
            #expect(try await first.create(here, spots: 1, key: "key").status == 202)

            try await two.processes[1].start()
            try await two.processes[1].waitUntilReady()
            try await eventually("the partition is served again") {
                try await first.get("/v1/applications/\(id)").status == 200
            }
            let application: API.Application = try await first.get("/v1/applications/\(id)").decoded()
            #expect(application.status == "open" && application.confirmed == 1 && application.available_spots == 2)
            let counts = try await two.processes[0].metrics()
            #expect(counts.sum("waitlist_http_forwarded_total") > 10)
        }
    }

    @Test(arguments: [true, false])
    func `a command whose owner does not answer is unknown, and its key repeats it without a second effect`(
        killed: Bool
    ) async throws {
        try await TwoProcesses.run { two in
            let (first, owner, id) = (two.first, two.processes[1], Self.ids[3])
            #expect(try await first.create(id, spots: 2).status == 202)
            // The broker has delivered the command to a process that is paused.
            owner.signal(SIGSTOP)
            async let query = first.get("/v1/applications/\(id)")
            async let command = first.respond(7, id, key: "seven")
            try expectProblem(try await query, 503, "unavailable")
            let answer = try await command
            try expectProblem(answer, 503, "outcome_unknown")
            #expect(answer.headers["retry-after"] == "5")
            #expect(try await first.get("/v1/applications/\(Self.ids[0])").status == 404)

            if killed {
                await owner.kill()
                try await owner.start()
                try await owner.waitUntilReady()
            } else {
                owner.signal(SIGCONT)
            }
            var repeated = answer
            try await eventually("the partition is served again") {
                repeated = try await first.respond(7, id, key: "seven")
                return repeated.status == 202
            }
            // A paused owner carries the command out when it wakes up; a killed one has lost it.
            #expect((repeated.headers["idempotent-replayed"] == "true") == !killed)
            #expect(try await first.ended(repeated).result?.outcome == "confirmed")
            let application: API.Application = try await two.second.get("/v1/applications/\(id)").decoded()
            #expect(application.confirmed == 1)
            try await two.system.quiesce()
            #expect(two.system.statuses(of: 7, about: id) == [.confirmed])
        }
    }

    @Test func `three processes answer for each other, also after two have exchanged nothing but the broker`()
        async throws
    {
        try await TestSystem.run(partitions: 4, services: [.waitlist]) { system in
            try await system.application.start(["OWNED_PARTITIONS": "0"])
            try await system.withProcess(.application, folder: "second", settings: ["OWNED_PARTITIONS": "1,3"]) {
                second in
                try await system.withProcess(.application, folder: "third", settings: ["OWNED_PARTITIONS": "2"]) {
                    third in
                    try await second.start()
                    try await third.start()
                    let processes = [system.application, second, third]
                    for process in processes { try await process.waitUntilReady() }
                    let clients = processes.map { TwoProcesses.client(of: $0) }
                    for (number, id) in Self.ids.enumerated() {
                        #expect(try await clients[number % 3].create(id, spots: 1).status == 202)
                        let accepted = try await clients[(number + 1) % 3].respond(1, id)
                        let ended = try await clients[(number + 2) % 3].ended(accepted)
                        #expect(ended.result?.outcome == "confirmed")
                    }
                    for path in ["/v1/applications?sort=created_at", "/v1/volunteers/1/responses"] {
                        let bodies = try await clients.asyncMap { try await $0.get(path).body }
                        #expect(Set(bodies).count == 1 && bodies[0].contains(Self.ids[3].string))
                    }
                    for process in [second, third] { #expect(try await process.stop() == 0) }
                }
            }
        }
    }

    @Test func `a forged request of a user who is not trusted is refused and has no effect`() async throws {
        try await TwoProcesses.run { two in
            let id = Self.ids[2]
            #expect(try await two.first.create(id, spots: 2).status == 202)
            let forged = RequestReplyMessage.forwardedRequest(
                ForwardedRequest(
                    method: "DELETE", path: "/v1/applications/\(id)", role: "service", caller: nil))
            let queue = Address(service: .application, partition: .of(id, count: 4)).requestQueue
            let host = two.system.url.split(separator: "/").last.map(String.init) ?? ""
            let name = "mallory-\(host)"
            try await two.system.broker.addUser(name, password: "secret", virtualHost: host)
            let url = two.system.url.replacing("guest:guest", with: "\(name):secret")
            for (user, address) in [(name, url), (nil, url), (nil, two.system.url)] as [(String?, String)] {
                let requester = Requester(
                    endpoint: try BrokerEndpoint(url: address), name: "mallory", logger: .quiet)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await requester.run() }
                    defer { requester.stop() }
                    var reply: Delivery?
                    try await eventually("there is a reply") {
                        reply = try? await requester.request(
                            forged.encoded(), to: queue, properties: MessageProperties(userID: user),
                            timeout: .seconds(5))
                        return reply != nil
                    }
                    guard case .refused(let refused) = try RequestReplyMessage(parsing: reply?.body ?? []) else {
                        Issue.record("a forged request was answered")
                        return
                    }
                    #expect(refused.reason.contains("TRUSTED_AMQP_USERS"))
                }
            }
            let application: API.Application = try await two.second.get("/v1/applications/\(id)").decoded()
            #expect(application.status == "open")
        }
    }
}

extension Array where Element: Sendable {
    /// Runs the closure for all elements, one after the other.
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}

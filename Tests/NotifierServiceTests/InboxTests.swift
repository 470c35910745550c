import Contracts
import Foundation
import HTTPTypes
import Ledger
import ServiceKit
import TestSupport
import Testing
import Web

@testable import NotifierService

/// A user's inbox, as ApplicationService asks for it (contract section 8).
@Suite struct InboxTests {
    private let park = GivenApplication()

    @Test func `it has exactly the notifications that were published, each once, the newest first`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive(
                [
                    park.create, park.told("v1", .waiting), park.told("v2", .confirmed),
                    park.told("v1", .available, offer: 50), park.told("v1", .confirmed),
                ], epoch: 1)
            try await notifier.receive([park.rename("Forest")], epoch: 1)
            try await notifier.settle()
            for user in ["v1", "v2", "v3"] {
                let inbox = try await notifier.inbox(of: user)
                #expect(try inbox.items.reversed().map(\.published) == notifier.published(to: user))
                #expect(inbox.unread == inbox.items.count && inbox.next == nil)
                #expect(inbox.items.map(\.id) == inbox.items.map(\.id).sorted(by: >))
            }
            let kinds = try await notifier.inbox(of: "v1").items.map(\.kind)
            #expect(kinds == ["changed", "confirmed", "spot_available", "waiting"])
        }
    }

    @Test func `ids increase while the clock stands still or goes back, and follow it when it goes on`() async throws {
        let world = try NotifierFixture.World()
        try await world.run { notifier in
            try await notifier.receive([park.create, park.told("v1", .waiting), park.told("v2", .waiting)], epoch: 1)
            world.wall.advance(.seconds(-3_600))
            try await notifier.receive([park.told("v1", .confirmed)], epoch: 1)
            world.wall.advance(.seconds(7_200))
            try await notifier.receive([park.left("v1"), park.told("v1", .waiting)], epoch: 1)
            let ids = try await notifier.inbox(of: "v1").items.map(\.id).reversed()
            let start = Timestamp.testStart.milliseconds * 1_000
            #expect(Array(ids) == [start, start + 2, start + 3_600_000_000])
            // JavaScript reads it exactly.
            #expect(ids.allSatisfy { $0 < 1 << 53 })
        }
    }

    @Test func `pages follow each other, and a cursor belongs to its list`() async throws {
        try await NotifierFixture.World().run { notifier in
            let parks = (1...5).map { GivenApplication(id: "a\($0)") }
            try await notifier.receive(parks.flatMap { [$0.create, $0.told("v1", .waiting)] }, epoch: 1)
            var paths = ["/v1/volunteers/v1/notifications?limit=2"]
            var found: [String] = []
            while let path = paths.last {
                let page = try await notifier.get(path).page
                found += page.items.map(\.volunteer_application_id)
                guard let next = page.next else { break }
                paths.append(next)
            }
            #expect(paths.count == 3 && found == ["a5", "a4", "a3", "a2", "a1"])
            let cursor = try #require(paths.last?.split(separator: "cursor=").last)
            for path in ["v1/notifications?unread=true&cursor=\(cursor)", "v2/notifications?cursor=\(cursor)"] {
                #expect(try await notifier.get("/v1/volunteers/\(path)").status == 400)
            }
            for query in ["limit=0", "limit=201", "limit=x", "unread=yes", "cursor=x", "cursor="] {
                #expect(try await notifier.get("/v1/volunteers/v1/notifications?\(query)").status == 400, "\(query)")
            }
        }
    }

    @Test func `read marks can be repeated, concern only the user's own, and change the tag`() async throws {
        try await NotifierFixture.World().run { notifier in
            let parks = (1...4).map { GivenApplication(id: "a\($0)") }
            try await notifier.receive(
                parks.flatMap { [$0.create, $0.told("v1", .waiting), $0.told("v2", .waiting)] }, epoch: 1)
            let path = "/v1/volunteers/v1/notifications"
            let first = try await notifier.get(path)
            let tag = try #require(first.headers.first { $0.name == "ETag" }?.value)
            #expect(try await notifier.get(path, ["If-None-Match": tag]).status == 304)
            let ids = try first.page.items.map(\.id)
            for _ in 1...2 {
                #expect(try await notifier.mark("v1", #"{"ids":[\#(ids[1]),\#(ids[1]),7]}"#) == 3)
                // The other user's are ignored.
                #expect(try await notifier.mark("v2", #"{"ids":[\#(ids[0])]}"#) == 4)
            }
            #expect(try await notifier.get(path, ["If-None-Match": tag]).status == 200)
            let unread = try await notifier.get(path + "?unread=true").page
            #expect(unread.items.map(\.id) == [ids[0], ids[2], ids[3]] && unread.unread == 3)
            #expect(try await notifier.get(path).page.items.map { $0.read_at != nil } == [false, true, false, false])
            #expect(try await notifier.mark("v1", #"{"up_to":\#(ids[2])}"#) == 1)
            #expect(try await notifier.mark("v1", #"{"up_to":\#(ids[0])}"#) == 0)
        }
    }

    @Test(arguments: [
        ("", 400), ("[]", 400), ("{", 400), ("{}", 422), (#"{"ids":["1"]}"#, 422), (#"{"ids":[1.5]}"#, 422),
        (#"{"ids":[],"up_to":1}"#, 422), (#"{"up_to":null}"#, 422), (#"{"ids":null,"up_to":1}"#, 422),
        (#"{"ids":[0]}"#, 422), (#"{"up_to":-1}"#, 422), (#"{"up_to":9007199254740992}"#, 422),
        (#"{"up_to":99999999999999999999}"#, 422),
    ])
    func `a body that says nothing is refused`(_ body: String, _ status: Int) async throws {
        try await NotifierFixture.World().run { notifier in
            let answer = try await notifier.answer("POST", "/v1/volunteers/v1/notifications/read", body: body)
            #expect(answer.status == status)
        }
    }

    @Test func `more than one transaction marks an inbox of any length`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.writer.perform { transaction in
                for number in 1...1_201 {
                    try NotificationStore(transaction).insert(
                        .waiting, "\(number)", to: .trusted("v1"), about: .trusted("a"))
                }
            }
            let before = try await notifier.inbox(of: "v1").unread
            #expect(before == 1_201)
            #expect(try await notifier.mark("v1", #"{"up_to":9007199254740991}"#) == 0)
        }
    }

    @Test func `they are kept for 90 days of service, and deleted in steps`() async throws {
        let world = try NotifierFixture.World()
        try await world.run { notifier in
            try await notifier.receive([park.create, park.told("v1", .waiting)], epoch: 1)
            let step: Duration = .seconds(86_400)
            for _ in 1...89 { try await notifier.pass(step) }
            #expect(try await notifier.inbox(of: "v1").items.contains { $0.kind == "waiting" })
            for _ in 1...2 { try await notifier.pass(step) }
            #expect(try await notifier.inbox(of: "v1").items.contains { $0.kind == "waiting" } == false)
        }
    }

    // MARK: - Events

    @Test func `a stream begins after the newest, and goes on after each event`() async throws {
        try await NotifierFixture.World().run { notifier in
            #expect(try await notifier.events(of: "v1") == EventBatch(last: 0))
            let parks = (1...60).map { GivenApplication(id: "a\($0)") }
            try await notifier.receive(parks.flatMap { [$0.create, $0.told("v1", .waiting)] }, epoch: 1)
            let inbox = try await notifier.inbox(of: "v1", limit: 200)
            let newest = try #require(inbox.items.first?.id)
            #expect(try await notifier.events(of: "v1") == EventBatch(last: newest))
            #expect(try await notifier.events(of: "v1", after: newest) == EventBatch(last: newest))
            var events: [EventBatch.Event] = []
            var last: Int64 = 0
            while case let batch = try await notifier.events(of: "v1", after: last), !batch.events.isEmpty {
                events += batch.events
                last = batch.last
            }
            #expect(events.map(\.id) == inbox.items.map(\.id).reversed() && last == newest)
            let first = try #require(events.first)
            let item = try JSONDecoder().decode(Inbox.Item.self, from: Data(first.json))
            #expect(item.id == first.id && !first.json.contains(UInt8(ascii: "\n")))
        }
    }

    @Test func `it waits for the next notification of this user`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive([park.create], epoch: 1)
            async let waited = notifier.events(of: "v1", after: 0, waiting: 15)
            try await eventually("it waits") { notifier.waiters.count == 1 }
            try await notifier.receive([park.told("v2", .waiting)], epoch: 1)
            #expect(notifier.waiters.count == 1)
            try await notifier.receive([park.told("v1", .confirmed)], epoch: 1)
            let batch = try await waited
            #expect(batch.events.count == 1 && batch.hasWaited)
            #expect(notifier.waiters.count == 0)
            // What is there already is not waited for.
            #expect(try await !notifier.events(of: "v1", after: 0, waiting: 15).hasWaited)
        }
    }

    @Test func `what is no route or no request of ApplicationService is refused`() async throws {
        try await NotifierFixture.World().run { notifier in
            for path in ["/v1/volunteers/v1", "/v1/volunteers//notifications", "/v1/volunteers/v1/notifications/x"] {
                let reply = try await notifier.reply("GET", path)
                #expect(reply.isRefusal, "\(path)")
            }
            let unknown = try await notifier.get("/v1/volunteers/%2A/notifications")
            #expect(unknown.status == 404)
        }
    }
}

/// The inbox as clients read it.
private struct Inbox: Decodable {
    struct Item: Decodable {
        let id: Int64
        let kind: String
        let volunteer_application_id: String
        let message: String
        let timestamp: String
        let read_at: String?

        var published: [String] { [kind, volunteer_application_id, message, timestamp] }
    }

    let items: [Item]
    let next: String?
    let unread: Int
}

extension ForwardedResponse {
    fileprivate var page: Inbox {
        get throws { try JSONDecoder().decode(Inbox.self, from: Data((body ?? "").utf8)) }
    }
}

extension RequestReplyMessage {
    fileprivate var isRefusal: Bool {
        if case .refused = self { true } else { false }
    }
}

extension NotifierFixture {
    fileprivate func reply(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: String? = nil
    ) async throws -> RequestReplyMessage {
        let request = ForwardedRequest(
            method: method, path: path, role: "service", caller: nil,
            headers: headers.map { ForwardedField(name: $0.key, value: $0.value) }, body: body)
        return try await NotifierRouter(InboxRoutes(waiters: waiters).all).answer(
            .forwardedRequest(request), from: RequestedPartition(file: file, writer: writer))
    }

    fileprivate func answer(
        _ method: String, _ path: String, _ headers: [String: String] = [:], body: String? = nil
    ) async throws -> ForwardedResponse {
        guard case .forwardedResponse(let answer) = try await reply(method, path, headers, body: body) else {
            throw NotAnswered()
        }
        return answer
    }

    private struct NotAnswered: Error {}

    fileprivate func get(_ path: String, _ headers: [String: String] = [:]) async throws -> ForwardedResponse {
        try await answer("GET", path, headers)
    }

    fileprivate func inbox(of user: String, limit: Int = 50) async throws -> Inbox {
        try await get("/v1/volunteers/\(user)/notifications?limit=\(limit)").page
    }

    /// The number of unread notifications after they were marked.
    fileprivate func mark(_ user: String, _ body: String) async throws -> Int? {
        let answer = try await answer("POST", "/v1/volunteers/\(user)/notifications/read", body: body)
        return try JSONDecoder().decode([String: Int].self, from: Data((answer.body ?? "").utf8))["unread"]
    }

    fileprivate func events(of user: String, after id: Int64? = nil, waiting wait: Int = 0) async throws -> EventBatch {
        var headers: [String: String] = [:]
        headers["Last-Event-ID"] = id.map { String($0) }
        if wait > 0 { headers["Prefer"] = "wait=\(wait)" }
        let answer = try await get("/v1/volunteers/\(user)/notifications/stream", headers)
        return try #require(EventBatch(parsing: answer.body ?? ""))
    }

    /// What the outbox has for a user, in order.
    fileprivate func published(to user: String) throws -> [[String]] {
        let bodies = try file.pointRead { try $0.rows("SELECT body FROM outbox ORDER BY seq") { $0.bytes(0) } }
        return try bodies.compactMap { body in
            guard case .notification(let sent) = try Message(parsing: body), sent.userID.string == user else {
                return nil
            }
            return [
                sent.kind?.rawValue ?? "", sent.applicationID?.string ?? "", sent.message, "\(sent.timestamp)",
            ]
        }
    }
}

import Contracts
import Foundation
import TestSupport
import Testing
import Web

@testable import NotifierService

/// What was sent to whom about an application, as ApplicationService asks each partition for it (contract section 8).
@Suite struct SentNotificationTests {
    private let park = GivenApplication()

    @Test func `each notification about the application is listed with its user and its channels, the newest first`()
        async throws
    {
        try await NotifierFixture.World().run { notifier in
            let forest = GivenApplication(id: "b", name: "Forest")
            try await notifier.receive(
                [
                    .settings(of: "fund:f", [.at("e1", ["notification.confirmed"])]), park.create, forest.create,
                    park.told("v1", .waiting), forest.told("v1", .waiting), park.told("7", .confirmed),
                    park.told("v1", .confirmed),
                ], epoch: 1)
            _ = try await notifier.ask(
                "POST", "/v1/volunteers/7/notifications/read", body: #"{"up_to":9007199254740991}"#)
            let items = try await notifier.sent("a").items
            #expect(items.map(\.summary) == ["confirmed v1", "confirmed 7", "waiting v1"])
            #expect(items.map(\.channels.last) == ["webhook", "webhook", "push"])
            #expect(items.allSatisfy { $0.channels.prefix(2) == ["inbox", "push"] })
            #expect(items.map { $0.read_at != nil } == [false, true, false])
            let inbox = try await notifier.ask("GET", "/v1/volunteers/7/notifications").body ?? ""
            #expect(inbox.contains(#""id":\#(items[1].id),"#) && inbox.contains("\"\(items[1].message)\""))
            #expect(inbox.contains(#""timestamp":"\#(items[1].timestamp)""#))
            #expect(try await notifier.sent("b").items.map(\.summary) == ["waiting v1"])
            #expect(try await notifier.sent("c") == Sent())
        }
    }

    @Test func `a notification that no endpoint will receive has no such channel`() async throws {
        try await NotifierFixture.World().run { notifier in
            let sender = ScriptedSender()
            sender.answer("https://e1.example/", 410)
            try await notifier.receive(
                [.settings(of: "fund:f", [.at("e1")]), park.create, park.told("v1", .waiting)], epoch: 1)
            // The endpoint is gone, and so it is disabled.
            try await notifier.dispatching(sender) { try await notifier.settled() }
            try await notifier.receive([park.told("v1", .confirmed)], epoch: 1)
            #expect(try notifier.states() == ["failed", "skipped"])
            let channels = try await notifier.sent("a").items.map(\.channels)
            #expect(channels == [["inbox", "push"], ["inbox", "push", "webhook"]])
        }
    }

    @Test func `parts follow each other, and those of one user are found among many`() async throws {
        try await NotifierFixture.World().run { notifier in
            try await notifier.receive([park.create] + (1...5).map { park.told("v\($0)", .waiting) }, epoch: 1)
            try await notifier.receive([park.told("v2", .confirmed)], epoch: 1)
            let all = try await notifier.sent("a")
            #expect(all.end == nil && all.users == ["v2", "v5", "v4", "v3", "v2", "v1"])
            let first = try await notifier.sent("a", "?limit=2")
            #expect(first.users == ["v2", "v5"])
            let end = try #require(first.end)
            #expect(try await notifier.sent("a", "?limit=2&" + cursor("p00", end)).users == ["v4", "v3"])
            // The same id in a later partition comes before this one, in an earlier partition after it.
            #expect(try await notifier.sent("a", "?" + cursor("p01", end)).users == ["v5", "v4", "v3", "v2", "v1"])
            #expect(try await notifier.sent("a", "?volunteer_id=v2").items.map(\.kind) == ["confirmed", "waiting"])
            let one = try await notifier.sent("a", "?volunteer_id=v2&limit=1")
            let rest = cursor("p00", try #require(one.end))
            #expect(try await notifier.sent("a", "?volunteer_id=v2&" + rest).items.map(\.kind) == ["waiting"])
            #expect(try await notifier.sent("a", "?" + cursor("p01", "\(Int64.max) 1")).items.count == 6)
            let start = Timestamp.testStart.milliseconds
            #expect(try await notifier.sent("a", "?since=\(start)").items.count == 6)
            #expect(try await notifier.sent("a", "?since=\(start + 1)") == Sent())
            for query in [
                "limit=0", "limit=201", "limit=x", "cursor=x", "cursor=", "volunteer_id=%2A", "since=-1",
                "since=\(Int64.max)",
            ] {
                #expect(try await notifier.ask("GET", "/v1/applications/a/notifications?\(query)").status == 400)
            }
            #expect(try await notifier.ask("GET", "/v1/applications/%2A/notifications").status == 404)
        }
    }

    private func cursor(_ partition: String, _ place: String) -> String {
        "cursor=" + Base64URL.encoded("\(partition) 0a0b0c0d \(place)".utf8)
    }
}

/// A part of the list.
private struct Sent: Equatable {
    struct Item: Decodable, Equatable {
        let id: Int64
        let volunteer_id: Written
        let kind: String
        let message: String
        let timestamp: String
        let read_at: String?
        let channels: [String]

        var summary: String { "\(kind) \(volunteer_id.text)" }
    }

    /// An id, a number if it is written as one.
    struct Written: Decodable, Equatable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            text = try (try? value.decode(Int64.self)).map { "\($0)" } ?? value.decode(String.self)
        }
    }

    var items: [Item] = []
    var end: String?

    var users: [String] { items.map(\.volunteer_id.text) }
}

extension NotifierFixture {
    fileprivate func sent(_ application: String, _ query: String = "") async throws -> Sent {
        let answer = try await ask("GET", "/v1/applications/\(application)/notifications\(query)")
        let part = try #require(ListPart(parsing: answer.body ?? ""))
        return Sent(
            items: try part.items.map { try JSONDecoder().decode(Sent.Item.self, from: Data($0.json)) }, end: part.end)
    }
}

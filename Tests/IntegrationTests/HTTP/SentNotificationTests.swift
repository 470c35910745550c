import Contracts
import Foundation
import TestSupport
import Testing

@testable import ApplicationService

/// What funds see of the notifications about their applications, and how volunteers choose their language (contract
/// section 8).
@Suite struct SentNotificationTests {
    private struct Sent: Decodable {
        let id: Int64
        let volunteer_id: API.ID
        let kind: String
        let message: String
        let read_at: String?
        let channels: [String]
    }

    private struct Inbox: Decodable {
        struct Item: Decodable {
            let message: String
        }

        let items: [Item]
    }

    private static let secured = TestSystem.authentication.merging(["RATE_LIMIT": "0"]) { $1 }

    @Test func `a fund sees what was sent to whom, over all partitions and at every process`() async throws {
        try await TwoProcesses.run(settings: ["RATE_LIMIT": "0"], services: [.waitlist, .notifier]) { two in
            let (here, there) = (two.first, two.second)
            _ = try await here.create(1, spots: 5)
            for volunteer in 1...9 { _ = try await there.ended(here.respond(ID(number: Int64(volunteer)), 1)) }
            let path = "/v1/applications/1/notifications"
            try await eventually("all were told") {
                try await Self.pages(path + "?limit=200", here).count == 9
            }
            let all = try await Self.pages(path + "?limit=200", here)
            #expect(all.count { $0.kind == "confirmed" } == 5 && all.count { $0.kind == "waiting" } == 4)
            #expect(all.map(\.id) == all.map(\.id).sorted(by: >))
            #expect(Set(all.map(\.volunteer_id.text)).count == 9)
            #expect(all.allSatisfy { $0.channels == ["inbox", "push"] && $0.read_at == nil })
            for limit in [1, 4] {
                let pages = try await Self.pages(path + "?limit=\(limit)", there)
                #expect(pages.map(\.volunteer_id.text) == all.map(\.volunteer_id.text), "\(limit)")
            }
            let one = try await Self.pages(path + "?volunteer_id=7", there)
            #expect(one.map(\.message) == all.filter { $0.volunteer_id.text == "7" }.map(\.message))
            let tag = try #require(try await here.get(path).headers["etag"])
            #expect(try await here.get(path, ["If-None-Match": tag]).status == 304)
            for query in ["limit=0", "cursor=x", "kind=waiting", "volunteer_id=%2A", "since=1"] {
                try expectProblem(try await here.get(path + "?\(query)"), 400, "malformed")
            }
            try expectProblem(try await there.get("/v1/applications/2/notifications"), 404, "not_found")
            #expect(try await two.system.notifier.stop() == 0)
            try expectProblem(try await there.get(path), 503, "unavailable")
            try await two.system.notifier.start()
        }
    }

    @Test func `what is another fund's or volunteer's looks like what does not exist, and preferences hold at once`()
        async throws
    {
        try await TestSystem.run(
            settings: Self.secured, services: [.application, .waitlist, .notifier]
        ) { system in
            let service = try await system.client("service", "platform")
            let anna = try await system.client("volunteer", "anna")
            let boris = try await system.client("volunteer", "boris")
            let (fund, other) = (try await system.client("fund", 123), try await system.client("fund", 124))
            _ = try await service.create(1, spots: 1)
            _ = try await anna.ended(anna.respond(nil, 1))
            let path = "/v1/applications/1/notifications"
            try await eventually("NotifierService answers") { try await fund.get(path).status == 200 }
            try await eventually("she was told") { try await Self.pages(path, fund).map(\.kind) == ["confirmed"] }
            #expect(try await Self.pages(path, service).map(\.kind) == ["confirmed"])
            for client in [other, anna, boris] { try expectProblem(try await client.get(path), 404, "not_found") }

            let preferences = "/v1/volunteers/anna/preferences"
            let body = #"{"language":"en","time_zone":"Asia/Tokyo"}"#
            for client in [fund, boris] {
                try expectProblem(try await client.get(preferences), 404, "not_found")
                try expectProblem(try await client.call("PUT", preferences, body), 404, "not_found")
            }
            let unset = try await anna.get(preferences)
            #expect(unset.status == 200 && unset.body == #"{"language":null,"time_zone":null}"#)
            let tag = try #require(unset.headers["etag"])
            #expect(try await anna.get(preferences, ["If-None-Match": tag]).status == 304)
            let chosen = try await anna.call("PUT", preferences, body)
            #expect(chosen.status == 200 && chosen.body == body)
            #expect(try await service.get(preferences, ["If-None-Match": tag]).body == body)
            try expectProblem(
                try await anna.call("PUT", preferences, #"{"language":"en","time_zone":"Tokyo"}"#), 422, "validation",
                at: "/time_zone")

            _ = try await boris.ended(boris.respond(nil, 1))
            _ = try await service.ended(service.call("DELETE", "/v1/applications/1"))
            try await eventually("both were told") { try await Self.pages(path, fund).count == 4 }
            let told = try await Self.pages(path, fund)
            let cancelled = told.filter { $0.kind == "cancelled" }
            #expect(cancelled.count == 2)
            for sent in cancelled {
                let isAnna = sent.volunteer_id.text == "anna"
                #expect(sent.message.hasPrefix(isAnna ? "Cancelled" : "Заявка отменена"), "\(sent)")
                let volunteer = sent.volunteer_id.text
                let inbox: Inbox = try await service.get("/v1/volunteers/\(volunteer)/notifications").decoded()
                #expect(inbox.items.first?.message == sent.message)
            }
            try await system.quiesce()
        }
    }

    /// All pages, the newest first.
    private static func pages(_ path: String, _ client: APIClient) async throws -> [Sent] {
        var items: [Sent] = []
        var next: String? = path
        while let path = next {
            let answer = try await client.get(path)
            try #require(answer.status == 200, "\(answer.body)")
            let page = try answer.decoded(as: API.Page<Sent>.self)
            items += page.items
            next = page.next
        }
        return items
    }
}

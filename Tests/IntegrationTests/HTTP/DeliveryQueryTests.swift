import Contracts
import Foundation
import TestSupport
import Testing

@testable import ApplicationService

/// What ApplicationService shows of the deliveries that NotifierService has (contract section 8).
@Suite struct DeliveryQueryTests {
    private static let settings = [
        "WEBHOOK_MASTER_KEY": "a key for tests of at least 32 bytes", "WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8",
        "WEBHOOK_SCHEDULE": "PT1H", "RATE_LIMIT": "0",
    ]
    /// No one listens there.
    private static let url = "http://127.0.0.1:1/hooks"

    private struct Endpoint: Decodable {
        let id: String
        let state: String?
    }

    private struct Delivery: Decodable {
        let id: String
        let type: String
        let state: String
        let attempts: Int
        let last_error: String?
        let created_at: String
        let attempt_log: [Attempt]?
    }

    private struct Attempt: Decodable {
        let error: String?
    }

    private struct Page: Decodable {
        let items: [Delivery]
        let next: String?
    }

    private struct Polled: Decodable {
        struct Callback: Decodable {
            let url: String
            let state: String
            let attempts: Int?
            let next_attempt_at: String?
            let last_error: String?
        }

        let callback: Callback?
    }

    @Test func `deliveries are listed, shown and retried at every process`() async throws {
        try await TwoProcesses.run(settings: Self.settings, services: [.waitlist, .notifier]) { two in
            let (here, there) = (two.first, two.second)
            let created = try await here.post("/v1/webhook-endpoints", #"{"url":"\#(Self.url)"}"#)
            let path = try #require(created.headers["location"])
            // At once, although NotifierService may not have heard of it.
            let tested = try await there.call("POST", path + "/test")
            #expect(tested.status == 202, "\(tested.body)")
            #expect(try tested.decoded(as: Delivery.self).type == "endpoint.test")
            // Now every partition of NotifierService has heard of it.
            try await two.system.quiesce()
            // Notifications of volunteers in all partitions.
            _ = try await here.create(1, spots: 9)
            for volunteer in 1...9 { _ = try await there.ended(here.respond(ID(number: Int64(volunteer)), 1)) }
            try await eventually("every delivery was tried once") {
                let items = try await there.get(path + "/deliveries?limit=200").decoded(as: Page.self).items
                // The round trip through each of the four partitions has confirmed one volunteer there.
                return items.count { $0.type == "operation.completed" } == 10
                    && items.count { $0.type == "notification.confirmed" } == 9 + 4
                    && items.allSatisfy { $0.attempts == 1 }
            }
            let all = try await Self.pages(path + "/deliveries?limit=200", there)
            #expect(Set(all.map(\.id)).count == all.count)
            #expect(Set(all.map { $0.id.prefix(3) }).count > 1, "they are in several partitions")
            #expect(try await Self.pages(path + "/deliveries?limit=3", here).map(\.id) == all.map(\.id))
            #expect(try await Self.pages(path + "/deliveries?state=failed", here).isEmpty)
            #expect(try await Self.pages(path + "/deliveries?state=pending&limit=7", there).map(\.id) == all.map(\.id))
            for query in ["state=other", "limit=0", "cursor=x", "more=1"] {
                try expectProblem(try await here.get(path + "/deliveries?\(query)"), 400, "malformed")
            }
            let last = try #require(all.last?.id)
            for client in [here, there] {
                let one = try await client.get(path + "/deliveries/" + last).decoded(as: Delivery.self)
                #expect(one.attempt_log?.compactMap(\.error).first == "connection_failed")
                #expect(try await client.call("POST", path + "/deliveries/\(last)/retry").status == 202)
                try expectProblem(try await client.get(path + "/deliveries/p00-999"), 404, "not_found")
                let retried = try await client.post(path + "/retry", #"{"since":"2026-01-01T00:00:00Z"}"#)
                #expect(retried.status == 200 && retried.body == #"{"retried":0}"#)
                try expectProblem(try await client.post(path + "/retry", "{}"), 422, "validation", at: "/since")
                #expect(try await client.get(path).decoded(as: Endpoint.self).state == "enabled")
            }
            try await eventually("the retries were made") {
                let one = try await here.get(path + "/deliveries/" + last).decoded(as: Delivery.self)
                return one.attempts == 3
            }
        }
    }

    /// All pages, the newest first.
    private static func pages(_ path: String, _ client: APIClient) async throws -> [Delivery] {
        var items: [Delivery] = []
        var next: String? = path
        while let path = next {
            let answer = try await client.get(path)
            #expect(answer.status == 200, "\(answer.body)")
            let page = try answer.decoded(as: Page.self)
            items += page.items
            next = page.next
        }
        return items
    }

    @Test func `an operation shows its callback, also while NotifierService cannot be asked`() async throws {
        try await TestSystem.run(
            partitions: 2, settings: Self.settings, services: [.application, .notifier]
        ) { system in
            let http = try await system.client()
            let created = try await http.create(1, spots: 1)
            #expect(created.status == 202)
            let answer = try await http.post(
                "/v1/applications/1/responses",
                #"{"volunteer_id":5,"status":"accepted","callback":{"url":"\#(Self.url)"}}"#)
            let operation = try #require(answer.headers["location"])
            #expect(try answer.decoded(as: Polled.self).callback?.state == "waiting")
            var tag = ""
            try await eventually("the first attempt has failed") {
                let poll = try await http.get(operation)
                tag = poll.headers["etag"] ?? ""
                let callback = try poll.decoded(as: Polled.self).callback
                return callback?.attempts == 1 && callback?.state == "pending" && callback?.next_attempt_at != nil
                    && callback?.last_error == "connection_failed" && callback?.url == Self.url
            }
            #expect(try await http.get(operation, ["If-None-Match": tag]).status == 304)
            let endpoint = try #require(
                try await http.post("/v1/webhook-endpoints", #"{"url":"\#(Self.url)"}"#).headers["location"])

            #expect(try await system.notifier.stop() == 0)
            let poll = try await http.get(operation, ["If-None-Match": tag])
            #expect(poll.status == 200)
            #expect(try poll.decoded(as: Polled.self).callback?.state == "unavailable")
            #expect(try await http.get(endpoint).decoded(as: Endpoint.self).state == "unavailable")
            try expectProblem(try await http.get(endpoint + "/deliveries"), 503, "unavailable")
            try await system.notifier.start()
        }
    }

    @Test func `the deliveries of another caller's endpoint do not exist`() async throws {
        let settings = Self.settings.merging(TestSystem.authentication) { $1 }
        try await TestSystem.run(settings: settings, services: [.application, .notifier]) { system in
            let fund = try await system.client("fund", 1)
            let body = #"{"url":"\#(Self.url)"}"#
            let path = try #require(try await fund.post("/v1/webhook-endpoints", body).headers["location"])
            let delivery = try await fund.call("POST", path + "/test").decoded(as: Delivery.self).id
            for other in [try await system.client("fund", 2), try await system.client("service", 1)] {
                for (method, path) in [
                    ("GET", path + "/deliveries"), ("GET", path + "/deliveries/\(delivery)"),
                    ("POST", path + "/deliveries/\(delivery)/retry"), ("POST", path + "/test"),
                ] {
                    try expectProblem(try await other.call(method, path), 404, "not_found")
                }
                try expectProblem(
                    try await other.post(path + "/retry", #"{"since":"2026-01-01T00:00:00Z"}"#), 404, "not_found")
            }
            #expect(try await fund.get(path + "/deliveries/\(delivery)").status == 200)
        }
    }
}

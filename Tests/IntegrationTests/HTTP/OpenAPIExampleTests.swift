import Contracts
import Foundation
import TestSupport
import Testing

@testable import ApplicationService

/// The examples in the OpenAPI document are answers of the services. After a change of the API they are recorded anew:
/// `RECORD_EXAMPLES=1 swift test --filter OpenAPIExampleTests`; the next build includes them in the document.
@Suite struct OpenAPIExampleTests {
    private let examples = ExampleRecorder()

    @Test func `the examples in the OpenAPI document are answers of the services`() async throws {
        try await TestSystem.run(
            settings: TestSystem.authentication.merging([
                "CHANGES_PER_HOUR": "1", "RATE_LIMIT": "0",
                "WEBHOOK_MASTER_KEY": "a key for tests of at least 32 bytes",
                "WEBHOOK_ALLOW_CIDRS": "192.0.2.0/24,127.0.0.0/8", "WEBHOOK_SCHEDULE": "PT1S",
            ]) { $1 },
            services: [.application]
        ) { system in
            let service = try await system.client("service", "platform")
            try await create(service, try await system.client("fund", 123))
            try await beforeTheList(service, system)
            try await onTheList(service, system)
            try await inbox(service, system)
            try await cancel(service)
            try await webhooks(service)
            try await deliveries(service)
            try await refusals(service, system)
        }
        try await TestSystem.run(
            settings: ["PARTITIONS": "2", "OWNED_PARTITIONS": "0", "RATE_LIMIT": "1"], services: [.application],
            invariants: false
        ) { system in
            try await withoutAuthentication(system)
        }
        try examples.finish()
    }

    private static func application(
        _ id: ID?, spots: Int = 2, date: String = "2030-12-09", name: String = "Помощь в уборке территории"
    ) -> String {
        let chosen = id.map { "\"volunteer_application_id\":\($0),\"fund_id\":123," } ?? ""
        return """
            {\(chosen)"available_spots":\(spots),"application_name":"\(name)",\
            "application_description":"Помощь в уборке территории парка","application_date":"\(date)",\
            "application_starttime":"14:00:00","application_endtime":"18:00:00"}
            """
    }

    // MARK: - The story of the application 456

    private func create(_ service: APIClient, _ fund: APIClient) async throws {
        try examples.check(
            "created", "An application was created.", .createApplication,
            try await service.post("/v1/applications", Self.application(456)))
        try examples.check(
            "createdWithAssignedId", "An application was created, and its id assigned.", .createApplication,
            try await fund.post("/v1/applications", Self.application(nil), key: "night-1"))
        try examples.check(
            "updated", "An application was changed.", .updateApplication,
            try await service.call("PATCH", "/v1/applications/456", #"{"application_description":""}"#))
        for id: ID in [457, 458] { _ = try await service.post("/v1/applications", Self.application(id, spots: 1)) }
    }

    /// WaitlistService does not run yet.
    private func beforeTheList(_ service: APIClient, _ system: TestSystem) async throws {
        try examples.check(
            "confirmedAtOnce", "There was an open spot.", .respond, try await service.respond(789, 456))
        try examples.check(
            "confirmed", "Has a spot.", .getResponse, try await service.get("/v1/applications/456/responses/789"))
        _ = try await service.respond(790, 456)
        let accepted = try await service.respond(1011, 456)
        try examples.check(
            "pending", "There was no open spot, and the volunteer is not on the list yet.", .respond, accepted)
        let operation = try #require(accepted.headers["location"])
        try examples.check(
            "polledPending", "The volunteer is not on the list yet.", .getOperation, try await service.get(operation))
        try examples.check(
            "waitingUnlisted", "Waiting, and not on the list yet.", .getResponse,
            try await service.get("/v1/applications/456/responses/1011"))
        _ = try await service.respond(789, 457)
        let late = try await service.respond(1011, 457)
        try await service.call("DELETE", "/v1/applications/457")

        try await system.waitlist.start()
        _ = try await service.ended(accepted)
        try examples.check(
            "listed", "The volunteer is on the list.", .getOperation, try await service.get(operation))
        _ = try await service.ended(late)
        try examples.check(
            "failed", "The application was cancelled before.", .getOperation,
            try await service.get(try #require(late.headers["location"])))
    }

    private func onTheList(_ service: APIClient, _ system: TestSystem) async throws {
        try examples.check(
            "application", "A full application with a waiting volunteer.", .getApplication,
            try await service.get("/v1/applications/456"))
        try examples.check(
            "applications", "The last page.", .listApplications,
            try await service.get("/v1/applications?status=open&fund_id=123&from=2030-12-09&limit=50"))
        try examples.check(
            "declined", "The spot was given up.", .respond,
            try await service.respond(790, 456, "declined", reason: "Место понадобилось водителю"))
        try examples.check(
            "removed", "Removed by the fund, with its reason.", .getResponse,
            try await service.get("/v1/applications/456/responses/790"))
        try await eventually("the list has offered the spot") {
            let response = try await service.get("/v1/applications/456/responses/1011")
            return try response.decoded(as: API.Response.self).offer_expires_at != nil
        }
        try examples.check(
            "waiting", "Waiting, with an offer.", .getResponse,
            try await service.get("/v1/applications/456/responses/1011"))
        try examples.check(
            "tooManyChanges", "The volunteer gave up a spot a moment ago.", .respond,
            try await service.respond(790, 456))
        try examples.check(
            "responses", "A page, with a link to the next one.", .listResponses,
            try await service.get("/v1/applications/456/responses?limit=2"))
        try examples.check(
            "volunteerResponses", "The last page.", .listVolunteerResponses,
            try await service.get("/v1/volunteers/1011/responses"))
    }

    private func inbox(_ service: APIClient, _ system: TestSystem) async throws {
        try await system.notifier.start()
        var inbox: APIClient.Response?
        try await eventually("the volunteer was notified") {
            let answer = try await service.get("/v1/volunteers/790/notifications?unread=true&limit=1")
            inbox = answer
            return answer.status == 200 && answer.body.contains("refused")
        }
        try examples.check(
            "notifications", "A page of unread ones, with a link to the next.", .listNotifications,
            try #require(inbox))
        try examples.check(
            "sentNotifications", "A page, with a link to the next one.", .listApplicationNotifications,
            try await service.get("/v1/applications/456/notifications?volunteer_id=790&limit=1"))
        let preferences = "/v1/volunteers/790/preferences"
        try examples.check(
            "preferencesChosen", "The volunteer chooses a language and a zone.", .putPreferences,
            try await service.call("PUT", preferences, #"{"language":"ru","time_zone":"Asia/Yekaterinburg"}"#))
        try examples.check(
            "preferences", "The volunteer has chosen both.", .getPreferences, try await service.get(preferences))
        try examples.check(
            "notificationsRead", "None is left unread.", .markNotificationsRead,
            try await service.post("/v1/volunteers/790/notifications/read", "{\"up_to\":9007199254740991}"))
        try examples.check(
            "streamTicket", "A ticket of 60 seconds.", .createStreamTicket,
            try await service.post("/v1/stream-tickets", ""))
        try examples.check(
            "entry", "A link of 60 seconds.", .createEntry,
            try await service.post("/v1/entries", #"{"volunteer_id":789,"return_to":"/applications/456"}"#))
        try examples.check(
            "notAcceptable", "The client wants JSON.", .streamNotifications,
            try await service.get("/v1/volunteers/790/notifications/stream", ["Accept": "application/json"]))
    }

    private func cancel(_ service: APIClient) async throws {
        let cancellation = try await service.post("/v1/applications/456/cancellation", #"{"reason":"Обещают грозу"}"#)
        try examples.check(
            "cancellationRuns", "The volunteers are being notified.", .cancelApplication, cancellation)
        _ = try await service.ended(cancellation)
        try examples.check(
            "cancelled", "The volunteers were notified.", .getOperation,
            try await service.get(try #require(cancellation.headers["location"])))
        try examples.check(
            "deletionRuns", "The application was cancelled without a reason.", .deleteApplication,
            try await service.call("DELETE", "/v1/applications/458"))
    }

    private func webhooks(_ service: APIClient) async throws {
        let callback = #","callback":{"url":"https://192.0.2.7/operations?id=1"}}"#
        try examples.check(
            "createdWithCallback", "The caller is told when the operation has ended.", .createApplication,
            try await service.post("/v1/applications", Self.application(470).dropLast() + callback))
        try examples.check(
            "signingSecret", "It was never rotated.", .getSigningSecret, try await service.get("/v1/signing-secret"))
        try examples.check(
            "secretRotated", "For a day both sign.", .rotateSigningSecret,
            try await service.call("POST", "/v1/signing-secret/rotate"))
        try examples.check(
            "rotatedRecently", "The secret was rotated a moment ago.", .rotateSigningSecret,
            try await service.call("POST", "/v1/signing-secret/rotate"))
        let url = #""url":"https://192.0.2.7/webhooks""#
        let created = try await service.post(
            "/v1/webhook-endpoints", "{\(url),\"events\":[\"operation.completed\",\"notification.cancelled\"]}")
        try examples.check("endpointCreated", "It is told of some events.", .createWebhookEndpoint, created)
        let path = try #require(created.headers["location"])
        try examples.check(
            "endpoints", "All endpoints.", .listWebhookEndpoints, try await service.get("/v1/webhook-endpoints"))
        try await eventually("NotifierService answers") {
            try await service.get(path).body.contains(#""state":"enabled""#)
        }
        try examples.check(
            "endpoint", "It is told of some events.", .getWebhookEndpoint, try await service.get(path))
        try examples.check(
            "endpointEnabled", "It is enabled.", .enableWebhookEndpoint,
            try await service.call("POST", "\(path)/enable"))
        for _ in 2...Limits.webhookEndpoints.upperBound {
            #expect(try await service.post("/v1/webhook-endpoints", "{\(url)}").status == 201)
        }
        try examples.check(
            "tooManyEndpoints", "The caller has 16 endpoints.", .createWebhookEndpoint,
            try await service.post("/v1/webhook-endpoints", "{\(url)}"))
        #expect(try await service.call("DELETE", path).status == 204)
        #expect(try await service.get(path).status == 404)
    }

    /// No one listens at the endpoint.
    private func deliveries(_ service: APIClient) async throws {
        struct Delivery: Decodable {
            let id: String
            let state: String
        }
        let created = try await service.post(
            "/v1/webhook-endpoints", #"{"url":"https://127.0.0.1:1/webhooks","events":["notification.reminder"]}"#)
        let path = try #require(created.headers["location"])
        let tested = try await service.call("POST", path + "/test")
        try examples.check("testDelivery", "It is posted at once.", .testWebhookEndpoint, tested)
        let delivery = path + "/deliveries/" + (try tested.decoded(as: Delivery.self).id)
        func failed() async throws {
            try await eventually("all attempts have failed") {
                try await service.get(delivery).decoded(as: Delivery.self).state == "failed"
            }
        }
        try await failed()
        try examples.check(
            "deliveries", "The last page.", .listWebhookDeliveries,
            try await service.get(path + "/deliveries?state=failed&limit=50"))
        try examples.check(
            "delivery", "The receiver cannot be reached.", .getWebhookDelivery, try await service.get(delivery))
        try examples.check(
            "deliveriesRetried", "There was one.", .retryWebhookDeliveries,
            try await service.post(path + "/retry", #"{"since":"2026-01-01T00:00:00Z"}"#))
        try await failed()
        try examples.check(
            "deliveryRetried", "It is posted at once.", .retryWebhookDelivery,
            try await service.call("POST", delivery + "/retry"))
    }

    // MARK: - Problems

    private func refusals(_ service: APIClient, _ system: TestSystem) async throws {
        let anonymous = try await system.client()
        try examples.check(
            "unauthorized", "The request has no token.", .listApplications, try await anonymous.get("/v1/applications"))
        let volunteer = try await system.client("volunteer", 789)
        try examples.check(
            "forbidden", "A volunteer responds for another.", .respond, try await volunteer.respond(790, 456))
        try examples.check(
            "notFound", "There is no such application, or the caller may not see it.", .getApplication,
            try await volunteer.get("/v1/applications/777"))
        try examples.check(
            "malformed", "The body is not JSON.", .createApplication, try await service.post("/v1/applications", "{"))
        try examples.check(
            "methodNotAllowed", "The path has other methods.", nil,
            try await service.call("PUT", "/v1/applications"))
        try examples.check(
            "differingApplication", "Another application has the id.", .createApplication,
            try await service.post("/v1/applications", Self.application(456, spots: 7)))
        try examples.check(
            "applicationCancelled", "A cancelled application is changed.", .updateApplication,
            try await service.call("PATCH", "/v1/applications/456", #"{"available_spots":8}"#))
        _ = try await service.post("/v1/applications", Self.application(459, date: "2024-12-09"))
        try examples.check(
            "applicationStarted", "The start has passed.", .respond, try await service.respond(789, 459))
        try examples.check(
            "preconditionFailed", "The application has changed since.", .updateApplication,
            try await service.call(
                "PATCH", "/v1/applications/459", #"{"available_spots":8}"#,
                ["If-Match": #""2f6c1d90a4b3e8572f6c1d90a4b3e857""#]))
        try examples.check(
            "contentTooLarge", "The body is too large.", .createApplication,
            try await service.post("/v1/applications", String(repeating: " ", count: 262_145)))
        try examples.check(
            "unsupportedMediaType", "The body is a form.", .createApplication,
            try await service.call(
                "POST", "/v1/applications", "a=b", ["Content-Type": "application/x-www-form-urlencoded"]))
        try examples.check(
            "validation", "A field has a value that is out of range.", .createApplication,
            try await service.post("/v1/applications", Self.application(460, spots: 0)))
        try examples.check(
            "callbackURLRefused", "The callback may not go to this address.", .respond,
            try await service.post(
                "/v1/applications/459/responses",
                #"{"volunteer_id":789,"status":"accepted","callback":{"url":"https://10.0.0.1/"}}"#))
        _ = try await service.post("/v1/applications", Self.application(461), key: "one")
        try examples.check(
            "idempotencyMismatch", "The key was used for another body.", .createApplication,
            try await service.post("/v1/applications", Self.application(462), key: "one"))
        try refusedMessages(port: system.application.httpPort)
    }

    /// Messages that no client library sends.
    private func refusedMessages(port: Int) throws {
        for (name, summary, fields) in [
            ("headerFieldsTooLarge", "A cookie is too large.", "Cookie: \(String(repeating: "c", count: 17_000))"),
            ("notImplemented", "The body is compressed.", "Transfer-Encoding: gzip, chunked"),
        ] {
            let bytes = try RawClient.exchange(
                Array("GET /v1/applications HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n".utf8), with: .port(port))
            let answer = String(decoding: bytes, as: UTF8.self)
            let match = try #require(answer.firstMatch(of: /^HTTP\/1\.1 (\d+)[^{]*(\{.*\})$/))
            try examples.check(name, summary, nil, status: try #require(Int(match.1)), body: String(match.2))
        }
    }

    /// A process without authentication that owns one of two partitions.
    private func withoutAuthentication(_ system: TestSystem) async throws {
        let http = try await system.client()
        try examples.check(
            "misdirectedRequest", "The request is for another host.", .listApplications,
            try await http.get("/v1/applications", ["Host": "example.org"]))
        let callback = #","fund_id":123,"callback":{"url":"https://example.org"}}"#
        try examples.check(
            "unsupportedCallback", "Callbacks are switched off.", .createApplication,
            try await http.post("/v1/applications", Self.application(nil).dropLast() + callback))
        // Ids are in either partition; RATE_LIMIT is 1.
        var seen: [Int: APIClient.Response] = [:]
        try await eventually("an id in the other partition, and too many requests") {
            let id = "id-\(seen.count)-\(Int.random(in: 0..<1_000))"
            let answer = try await http.get("/v1/applications/\(id)")
            seen[answer.status] = answer
            return seen[503] != nil && seen[429] != nil
        }
        try examples.check(
            "unavailable", "No process serves the application's partition.", .getApplication,
            try #require(seen[503]))
        try examples.check(
            "tooManyRequests", "The caller exceeds the limit of requests.", .getApplication, try #require(seen[429]))
    }
}

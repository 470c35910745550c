import Contracts
import Foundation
import Synchronization
import TestSupport
import Testing

/// Callbacks, from the command to the receiver (contract section 8).
@Suite struct CallbackTests {
    static let settings = [
        "WEBHOOK_MASTER_KEY": "a master key of thirty-two bytes, at least", "WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8",
        // Retries come soon, and do not end before the test does.
        "WEBHOOK_SCHEDULE": Array(repeating: "PT1S", count: 16).joined(separator: ","),
    ]

    private func run(partitions: Int = 1, _ body: (TestSystem) async throws -> Void) async throws {
        try await TestSystem.run(
            partitions: partitions, settings: Self.settings, services: [.application, .waitlist, .notifier],
            body)
    }

    @Test func `each kind of operation is posted when it ends, as a poll returns it`() async throws {
        let receiver = try await WebhookReceiver()
        let verifier = try await WebhookVerifier()
        try await run { system in
            let http = try await system.client()
            let callback = #""callback":{"url":"\#(receiver.url)"}"#
            var accepted: [APIClient.Response] = []
            accepted.append(try await http.create(1, spots: 1, extra: callback))
            let path = "/v1/applications/1"
            accepted.append(try await http.call("PATCH", path, #"{"application_name":"Чай ☕",\#(callback)}"#))
            for (volunteer, status) in [(7, "accepted"), (8, "accepted"), (7, "declined"), (9, "accepted")] {
                let body = #"{"volunteer_id":\#(volunteer),"status":"\#(status)",\#(callback)}"#
                let answer = try await http.post(path + "/responses", body)
                accepted.append(answer)
                _ = try await http.ended(answer)
            }
            accepted.append(try await http.post(path + "/cancellation", #"{"reason":"Дождь",\#(callback)}"#))
            let locations = accepted.compactMap { $0.headers["location"] }
            #expect(locations.count == 7)
            try await system.waitUntil("every operation is posted") { receiver.deliveries.count == locations.count }
            for location in locations {
                let polled = try await http.get(location).body
                let delivery = try #require(receiver.deliveries.first { location.hasSuffix("/" + ($0.id ?? "?")) })
                try Self.expectSame(delivery.text, polled)
                #expect(delivery.header("content-type") == "application/json")
                #expect(delivery.header("user-agent") == "NotifierService/1.0.0")
            }
            let kinds = try receiver.deliveries.map { try Self.event($0.text).data.kind }
            #expect(Set(kinds).count == 4, "\(kinds)")
            try await verifier.expectValid(receiver.deliveries, secret: Self.secret(http))
        }
    }

    @Test func `a refused callback is posted again, with its id, a new time and a new signature`() async throws {
        let count = Mutex(0)
        let receiver = try await WebhookReceiver { _ in
            count.withLock { count in
                count += 1
                return count <= 2 ? .status(500, body: "not now") : .status(200)
            }
        }
        let verifier = try await WebhookVerifier()
        try await run { system in
            let http = try await system.client()
            let accepted = try await http.create(1, spots: 1, extra: #""callback":{"url":"\#(receiver.url)"}"#)
            try await system.waitUntil("it is accepted") { receiver.deliveries.count == 3 }
            let deliveries = receiver.deliveries
            #expect(Set(deliveries.map(\.id)).count == 1 && Set(deliveries.map(\.body)).count == 1)
            let times = deliveries.compactMap { $0.header("webhook-timestamp").flatMap { Int($0) } }
            #expect(times.count == 3 && times == times.sorted())
            // A second or two lie between two attempts, so their times may be equal only if the clock's second is.
            for (first, second) in zip(deliveries, deliveries.dropFirst())
            where first.header("webhook-timestamp") != second.header("webhook-timestamp") {
                #expect(first.header("webhook-signature") != second.header("webhook-signature"))
            }
            #expect(deliveries.compactMap { $0.header("webhook-attempt") } == ["1", "2", "3"])
            try await verifier.expectValid(deliveries, secret: Self.secret(http))
            let location = try #require(accepted.headers["location"])
            try await system.waitUntil("the operation shows it") {
                try await http.get(location).body.contains(#""state":"delivered""#)
            }
        }
    }

    @Test func `callbacks that are pending when everything is killed arrive after the restart`() async throws {
        let isOpen = Mutex(false)
        let receiver = try await WebhookReceiver { _ in isOpen.withLock { $0 } ? .status(204) : .status(503) }
        try await run(partitions: 2) { system in
            let http = try await system.client()
            var ids: Set<String> = []
            for number in 1...20 {
                let answer = try await http.create(
                    ID.trusted("a-\(number)"), spots: 1, extra: #""callback":{"url":"\#(receiver.url)"}"#)
                ids.insert(try answer.decoded(as: API.Operation.self).id)
            }
            try await system.waitUntil("some were refused") { receiver.deliveries.count >= 5 }
            for process in system.processes { await process.kill() }
            isOpen.withLock { $0 = true }
            let before = receiver.deliveries.count
            for process in system.processes { try await process.start() }
            for process in system.processes { try await process.waitUntilReady() }
            try await system.waitUntil("all have arrived") {
                Set(receiver.deliveries.dropFirst(before).compactMap(\.id)) == ids
            }
        }
    }

    @Test func `after a rotation both secrets sign`() async throws {
        let receiver = try await WebhookReceiver()
        let verifier = try await WebhookVerifier()
        try await run { system in
            let http = try await system.client()
            let callback = #""callback":{"url":"\#(receiver.url)"}"#
            let old = try await Self.secret(http)
            _ = try await http.create(1, spots: 1, extra: callback)
            try await system.waitUntil("the first is posted") { receiver.deliveries.count == 1 }
            #expect(try await http.call("POST", "/v1/signing-secret/rotate").status == 200)
            let new = try await Self.secret(http)
            #expect(new != old)
            _ = try await http.create(2, spots: 1, extra: callback)
            try await system.waitUntil("the second is posted") { receiver.deliveries.count == 2 }
            let deliveries = receiver.deliveries
            try await verifier.expectValid(deliveries, secret: old)
            try await verifier.expectValid(Array(deliveries.dropFirst()), secret: new)
            #expect(deliveries[0].header("webhook-signature")?.split(separator: " ").count == 1)
            #expect(deliveries[1].header("webhook-signature")?.split(separator: " ").count == 2)
        }
    }

    @Test func `a receiver that hangs delays no other`() async throws {
        let hanging = try await WebhookReceiver { _ in .hang }
        let quick = try await WebhookReceiver()
        try await run { system in
            let http = try await system.client()
            for number in 1...40 {
                _ = try await http.create(
                    ID.trusted("slow-\(number)"), spots: 1, extra: #""callback":{"url":"\#(hanging.url)"}"#)
            }
            try await system.waitUntil("the receiver hangs") { !hanging.deliveries.isEmpty }
            for number in 1...40 {
                _ = try await http.create(
                    ID.trusted("quick-\(number)"), spots: 1, extra: #""callback":{"url":"\#(quick.url)"}"#)
            }
            try await system.waitUntil("the other one has all") { Set(quick.deliveries.map(\.id)).count == 40 }
            // Far fewer than the 40 have got so far: four at once, each for 15 s.
            #expect(hanging.deliveries.count < 40)
        }
    }

    // MARK: -

    private struct Event: Decodable {
        struct Data: Decodable {
            let id: String
            let kind: String
        }

        let type: String
        let timestamp: String
        let data: Data
    }

    private static func event(_ text: String) throws -> Event {
        try JSONDecoder().decode(Event.self, from: Data(text.utf8))
    }

    /// The data of the event are the polled operation without its callback, byte for byte.
    private static func expectSame(_ delivered: String, _ polled: String) throws {
        #expect(try event(delivered).type == "operation.completed")
        let start = try #require(polled.range(of: #","callback":"#))
        let withoutCallback = polled[..<start.lowerBound] + "}"
        #expect(delivered.contains(#""data":"# + withoutCallback), "\(delivered) \(polled)")
    }

    private struct Secret: Decodable {
        let secret: String
    }

    private static func secret(_ http: APIClient) async throws -> String {
        try await http.get("/v1/signing-secret").decoded(as: Secret.self).secret
    }
}

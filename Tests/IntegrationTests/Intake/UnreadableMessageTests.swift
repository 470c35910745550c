import Broker
import Contracts
import Foundation
import TestSupport
import Testing

/// Bodies that cannot be read are parked once, with a reason, and later messages are processed (contract section 7).
@Suite struct UnreadableMessageTests {
    /// The output of `parked show --json`.
    struct Parked: Decodable {
        let id: String
        let reason: String
        let queue: String
        let bytes: String
        let sha256: String?
        let body: String?
        let body_base64: String?
    }

    /// Bodies that no queue accepts.
    static let bodies: [(name: String, body: [UInt8])] = [
        ("empty", []),
        ("blanks", Array("  \n".utf8)),
        ("a word", Array("hello".utf8)),
        ("cut off", Array(#"{"action": "volunteer_response", "data": {"volunteer_id": 1"#.utf8)),
        ("not an object", Array("[1, 2, 3]".utf8)),
        ("null", Array("null".utf8)),
        ("no shape", Array("{}".utf8)),
        ("invalid UTF-8", Array(#"{"action": ""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#""}"#.utf8)),
        ("NUL bytes", [0, 0, 0, 0]),
        ("UTF-16", [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00]),
        ("brackets", [UInt8](repeating: UInt8(ascii: "["), count: 100_000)),
        ("braces", Array(String(repeating: #"{"a":"#, count: 20_000).utf8)),
        ("unknown action", Array(#"{"action": "drop_table", "data": {}}"#.utf8)),
        ("action of a wrong type", Array(#"{"action": 7, "data": {}}"#.utf8)),
        ("no data", Array(#"{"action": "volunteer_response"}"#.utf8)),
        ("data as an array", Array(#"{"action": "volunteer_response", "data": []}"#.utf8)),
        ("a flat record in an envelope", envelope("spot_status", #""user_id": "1", "application_id": "2""#)),
        ("the data without its envelope", Array("{\(response())}".utf8)),
        ("an unknown status", envelope("volunteer_response", response(status: #""perhaps""#))),
        ("a status of a wrong type", envelope("volunteer_response", response(status: "1"))),
        ("a negative id", envelope("volunteer_response", response(volunteer: "-1"))),
        ("an id too large", envelope("volunteer_response", response(volunteer: "1000000000000000"))),
        ("a fractional id", envelope("volunteer_response", response(volunteer: "1.5"))),
        ("an id with a hash", envelope("volunteer_response", response(volunteer: ##""a#b""##))),
        ("an id too long", envelope("volunteer_response", response(volunteer: longID))),
        ("no spots", envelope("create_volunteer_application", create(spots: "0"))),
        ("too many spots", envelope("create_volunteer_application", create(spots: "100001"))),
        ("spots as text", envelope("create_volunteer_application", create(spots: #""3""#))),
        ("an impossible date", envelope("create_volunteer_application", create(date: "2024-02-30"))),
        ("a NUL in a name", envelope("create_volunteer_application", create(name: #"a\u0000b"#))),
        ("a line break in a name", envelope("create_volunteer_application", create(name: #"a\nb"#))),
        ("a bidi override in a name", envelope("create_volunteer_application", create(name: "a\u{202e}b"))),
        ("a blank name", envelope("create_volunteer_application", create(name: " "))),
        ("a key twice", envelope("volunteer_response", response() + ##", "st\u0061tus": "declined""##)),
        ("a flat record without a time", Array(#"{"user_id": "1", "application_id": "2"}"#.utf8)),
        ("a flat record with a bad time", Array(#"{"user_id": "1", "application_id": "2", "timestamp": "soon"}"#.utf8)),
    ]

    private static let longID = "\"\(String(repeating: "a", count: 129))\""

    /// Routes to the ingress queue.
    private static let ingressRoutes: [(exchange: String, key: String)] = [
        (Exchange.waiting, "volunteer_response"), (Exchange.spotUpdates, "spot_status"), ("", "application.ingress"),
    ]

    @Test func `unreadable messages in the ingress queue are parked, and later messages are processed`() async throws {
        try await TestSystem.run { system in
            var sent: [[UInt8]] = []
            for route in Self.ingressRoutes {
                for (_, body) in Self.bodies {
                    try await system.sendRaw(body, exchange: route.exchange, routingKey: route.key)
                    sent.append(body)
                }
            }
            try await expectParked(sent, by: system.application, on: system, queue: "application.ingress")
        }
    }

    @Test(arguments: ["application", "waitlist"])
    func `unreadable messages in a partition's queue are parked, and later messages are processed`(
        name: String
    ) async throws {
        try await TestSystem.run { system in
            var sent: [[UInt8]] = []
            for (exchange, key) in [
                ("", "\(name).p00"), (Exchange.waiting, "volunteer_waiting.\(name).p00"),
                (Exchange.spotUpdates, "x.\(name).p00"),
            ] {
                for (_, body) in Self.bodies {
                    try await system.sendRaw(body, exchange: exchange, routingKey: key)
                    let trusted = MessageProperties(userID: "guest", deliveryMode: 2)
                    try await system.sendRaw(body, exchange: exchange, routingKey: key, properties: trusted)
                    sent += [body, body]
                }
            }
            let service = name == "application" ? system.application : system.waitlist
            try await expectParked(sent, by: service, on: system, queue: "\(name).p00")
        }
    }

    private func expectParked(
        _ sent: [[UInt8]], by service: ServiceProcess, on system: TestSystem, queue: String
    ) async throws {
        let pid = service.pid
        let scenario = Scenario(application: "readable", spots: 1, volunteers: 3, decliners: 1)
        try await scenario.send(to: system)
        try await scenario.expectOutcome(on: system)
        try await system.waitUntil("all are parked") {
            try await service.run("parked", "list").lines.count >= sent.count
        }
        let parked = try await service.items("parked", as: Parked.self)
        #expect(parked.count == sent.count)
        #expect(parked.map(\.bytes) == sent.map { "\($0.count)" })
        #expect(parked.allSatisfy { !$0.reason.isEmpty && $0.queue == queue })
        #expect(service.pid == pid && service.isRunning)
        // One of each kind is checked in full.
        for (item, body) in zip(parked, sent).prefix(Self.bodies.count) {
            let answer = try await service.run("parked", "show", item.id, "--json")
            let line = try #require(answer.lines.first)
            let shown = try JSONDecoder().decode(Parked.self, from: Data(line.utf8))
            #expect(shown.body_base64 == Data(body).base64EncodedString(), "\(item.reason)")
            let columns = try await service.run("parked", "show", item.id)
            #expect(columns.exitCode == 0 && columns.lines.allSatisfy { $0.contains("\t") })
        }
        #expect(try await service.metrics().sum("waitlist_parked") == Double(sent.count))
    }

    /// As many as a prefetch allows were in memory at once before deliveries had a budget in bytes: 400 MB here.
    @Test func `a queue full of large unreadable messages does not fill the memory`() async throws {
        try await TestSystem.run(services: [.application]) { system in
            let service = system.application
            try await service.stop()
            let body = [UInt8](repeating: 0, count: 1_000_000)
            for _ in 0..<40 {
                let message = OutgoingMessage(
                    exchange: "", routingKey: "application.ingress", properties: .init(deliveryMode: 2), body: body)
                try await system.brokerClient.publish([OutgoingMessage](repeating: message, count: 10))
            }
            try await service.start()
            try await service.waitUntilReady()
            try await eventually("all are parked") {
                try await service.metrics().sum("waitlist_parked") == 400
            }
            let status = try String(contentsOfFile: "/proc/\(try #require(service.pid))/status", encoding: .utf8)
            let peak = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap { Int($0.1) })
            #expect(peak < 300 << 10, "KiB")
            let metrics = try await service.metrics()
            #expect(metrics.sum("waitlist_delivery_pauses_total") > 0)
            #expect(metrics.sum("waitlist_delivery_bytes") == 0)
        }
    }

    @Test(arguments: ["application.ingress", "application.p00", "waitlist.p00"])
    func `the start, the length and the digest of a body above the limit are kept`(queue: String) async throws {
        try await TestSystem.run { system in
            let body = [UInt8](repeating: UInt8(ascii: "a"), count: 2 << 20)
            try await system.sendRaw(body, exchange: "", routingKey: queue)
            let service = queue == "waitlist.p00" ? system.waitlist : system.application
            try await system.waitUntil("it is parked") { try await service.run("parked", "list").lines.count == 1 }
            let id = try #require(try await service.items("parked", as: Parked.self).first?.id)
            let line = try #require(try await service.run("parked", "show", id, "--json").lines.first)
            let shown = try JSONDecoder().decode(Parked.self, from: Data(line.utf8))
            #expect(shown.bytes == "2097152")
            #expect(shown.body == String(repeating: "a", count: 4096))
            #expect(shown.sha256 == "5256ec18f11624025905d057d6befb03d77b243511ac5f77ed5e0221ce6d84b5")
            // Only the start of the body was kept: it cannot be retried.
            #expect(try await service.run("parked", "retry", id).exitCode == 1)
            #expect(try await service.run("parked", "list").lines.count == 1)
            try await system.quiesce()
        }
    }

    @Test func `a message of exactly the maximum size is accepted, one byte more is parked`() async throws {
        try await TestSystem.run(settings: ["MAX_MESSAGE_BYTES": "65536"]) { system in
            for (id, size) in [(1, 65_536), (2, 65_537)] as [(ID, Int)] {
                var text = String(decoding: Message.create(.sample(id, spots: 1)).encoded(), as: UTF8.self)
                let padding = size - text.utf8.count - #","more":"""#.utf8.count
                let more = #","more":"\#(String(repeating: "x", count: padding))""#
                text.insert(contentsOf: more, at: text.index(before: text.endIndex))
                try await system.sendRaw(text, routingKey: "create_volunteer_application")
                try await system.accept("volunteer", id)
            }
            try await system.waitUntil("both responses are decided") { system.statusRecords().count == 2 }
            #expect(system.statuses(of: "volunteer", about: 1) == [.confirmed])
            #expect(system.statuses(of: "volunteer", about: 2) == [.refused])
            #expect(try await system.application.run("parked", "list").lines.count == 1)
        }
    }

    @Test func `the body determines the action, not the routing key`() async throws {
        try await TestSystem.run { system in
            try await system.send(.create(.sample(456, spots: 1)), routingKey: "volunteer_response")
            try await system.send(.accepted(1, 456), exchange: Exchange.spotUpdates, routingKey: "notify_free_spot")
            try await system.send(.accepted(2, "456"), exchange: "", routingKey: "application.ingress")
            try await system.waitUntil("both responses are decided") { system.statusRecords(about: 456).count == 2 }
            #expect(system.statuses(of: 1) == [.confirmed])
            #expect(system.statuses(of: 2) == [.waiting])
            #expect(try await system.application.run("parked", "list").lines == [])
        }
    }

    // MARK: - Bodies

    private static func envelope(_ action: String, _ data: String) -> [UInt8] {
        Array(#"{"action": "\#(action)", "data": {\#(data)}}"#.utf8)
    }

    private static func response(volunteer: String = "1", status: String = #""accepted""#) -> String {
        #""volunteer_id": \#(volunteer), "volunteer_application_id": 2, "status": \#(status)"#
    }

    private static func create(spots: String = "1", date: String = "2030-01-01", name: String = "x") -> String {
        #"""
        "fund_id": 1, "volunteer_application_id": 2, "available_spots": \#(spots), "application_description": "",
        "application_name": "\#(name)", "application_date": "\#(date)", "application_starttime": "14:00:00",
        "application_endtime": "18:00:00"
        """#
    }
}

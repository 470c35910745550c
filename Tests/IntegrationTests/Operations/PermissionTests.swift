import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// The broker's users and their permissions in `deploy/rabbitmq`: they are enough, and no more than that.
@Suite struct PermissionTests {
    /// What a user tries, and what comes of it.
    struct Attempt: Sendable, CustomTestStringConvertible {
        let user: String
        let testDescription: String
        let action: @Sendable (BlockingClient) throws -> Void

        init(_ user: String, _ what: String, _ action: @escaping @Sendable (BlockingClient) throws -> Void) {
            self.user = user
            testDescription = "\(user): \(what)"
            self.action = action
        }

        static func publishes(_ user: String, _ key: String, to exchange: String, as sender: String? = nil) -> Attempt {
            let name = exchange.isEmpty ? "the default exchange" : exchange
            let claim = sender.map { ", as \($0)" } ?? ""
            return Attempt(user, "publishes \(key) to \(name)\(claim)") { client in
                _ = try client.publish(
                    Array("{}".utf8), exchange: exchange, routingKey: key,
                    properties: MessageProperties(userID: sender ?? user, deliveryMode: 2))
            }
        }

        static func reads(_ user: String, _ queue: String) -> Attempt {
            Attempt(user, "reads \(queue)") { try $0.subscribe(to: queue) }
        }

        static func purges(_ user: String, _ queue: String) -> Attempt {
            Attempt(user, "purges \(queue)") { try $0.purge(queue) }
        }

        static func deletes(_ user: String, _ queue: String) -> Attempt {
            Attempt(user, "deletes \(queue)") { try $0.deleteQueue(queue) }
        }

        static func declares(_ user: String, _ queue: String) -> Attempt {
            Attempt(user, "declares \(queue)") { client in
                try client.declare([
                    .queue(name: queue, durable: true, exclusive: false, autoDelete: true, arguments: [:])
                ])
            }
        }

        static func unbinds(_ user: String, _ address: String) -> Attempt {
            Attempt(user, "unbinds \(address)") { client in
                try client.unbind(queue: address, exchange: Exchange.waiting, key: "#.\(address)")
            }
        }
    }

    private static let refused: [Attempt] = [
        .publishes("platform", "waiting_list_record.application.p00", to: Exchange.waiting),
        .publishes("platform", "application.p00", to: ""),
        .publishes("platform", "spot_status", to: Exchange.spotUpdates),
        .publishes("platform", "1", to: Exchange.notifications),
        .publishes("platform", "volunteer_response", to: Exchange.waiting, as: "application"),
        .declares("platform", "platform"), .reads("platform", "application.ingress"),
        .reads("platform", "notifications"),

        .publishes("subscriber", "1", to: Exchange.notifications),
        .publishes("subscriber", "volunteer_response", to: Exchange.waiting),
        .publishes("subscriber", "notifications", to: ""),
        .declares("subscriber", "subscriber"), .deletes("subscriber", "notifications"),
        .reads("subscriber", "application.p00"),

        .publishes("application", "1", to: Exchange.notifications),
        .publishes("application", "volunteer_response", to: Exchange.waiting),
        .reads("application", "waitlist.p00"), .reads("application", "notifications"),
        .declares("application", "waitlist.p01"), .deletes("application", "notifier.p00"),
        .unbinds("application", "waitlist.p00"),

        .publishes("waitlist", "spot_status.notifier.p00", to: Exchange.spotUpdates),
        .publishes("waitlist", "volunteer_response.application.p00", to: Exchange.waiting),
        .publishes("waitlist", "volunteer_response", to: Exchange.waiting),
        .publishes("waitlist", "1", to: Exchange.notifications),
        .reads("waitlist", "application.p00"), .purges("waitlist", "application.p00"),
        .deletes("waitlist", "application.p00"), .unbinds("waitlist", "application.p00"),
        .declares("waitlist", "application.p01"),

        .publishes("notifier", "waiting_list_record.application.p00", to: Exchange.waiting),
        .publishes("notifier", "notify_free_spot.application.p00", to: Exchange.spotUpdates),
        .declares("notifier", "waitlist.process.other"), .deletes("notifier", "waitlist.process.other"),
        .reads("notifier", "application.p00"), .deletes("notifier", "application.ingress"),
        .unbinds("notifier", "application.p00"),
    ]

    @Test func `each service has enough rights, and a forged message is refused or parked`() async throws {
        // No invariants: a forged message is recorded too.
        try await TestSystem.run(services: [], ownBroker: true, invariants: false) { system in
            let urls = try await importUsers(system)
            for service in system.processes {
                try await service.start([
                    "AMQP_URL": try #require(urls[service.userName]), "TRUSTED_AMQP_USERS": service.trustedUsers,
                ])
            }
            for service in system.processes { try await service.waitUntilReady() }

            try await playStory(system, platform: try #require(urls["platform"]))
            try expectNotifications(at: try #require(urls["subscriber"]), count: 3)
            // ApplicationService asks NotifierService.
            let volunteer = try #require(system.notifications().first?.userID)
            let inbox = try await system.client().get("/v1/volunteers/\(volunteer)/notifications")
            #expect(inbox.status == 200 && inbox.body.contains("\"kind\""), "\(inbox.body)")
            for attempt in Self.refused { try expectRefusal(of: attempt, urls) }

            // Any service may publish to the default exchange, and so reach every queue: the receiver parks it.
            let waitlist = try BlockingClient.connect(url: try #require(urls["waitlist"]))
            defer { waitlist.close() }
            var stream = ScriptedStream()
            var forged = stream.next(.status(.confirmed, "intruder", "permitted"))
            forged.exchange = ""
            forged.routingKey = "notifier.p00"
            forged.properties.userID = "waitlist"
            #expect(try waitlist.publishBatch([forged]) == [.confirmed])
            try await system.waitUntil("the forged message is parked") {
                try await system.notifier.run("parked", "list").lines.count == 1
            }
            #expect(system.kinds(to: "intruder") == [])
            for service in system.processes { #expect(await service.isReady) }
        }
    }

    @Test func `a partition is moved with the rights of its service, and by no other one`() async throws {
        try await TestSystem.run(services: [], ownBroker: true, invariants: false) { system in
            let urls = try await importUsers(system)
            let settings = [
                "AMQP_URL": try #require(urls["waitlist"]), "TRUSTED_AMQP_USERS": "application",
                "PROCESS_NAME": "anna", "OWNED_PARTITIONS": "all",
            ]
            try await system.waitlist.start(settings)
            try await system.waitlist.waitUntilReady()
            let others = settings.merging(["PROCESS_NAME": "berta", "OWNED_PARTITIONS": "none"]) { $1 }
            try await system.withProcess(.waitlist, folder: "berta", settings: others) { berta in
                try await berta.start()
                try await berta.waitUntilReady()
                let there = try await system.waitlist.run("move", "p00", "--to", "berta", settings: settings)
                #expect(there.exitCode == 0, "\(there)")
                #expect(try await berta.run("move", "p00", "--to", "anna").exitCode == 0)
                let reply = try await forgedMove(from: try #require(urls["notifier"]))
                #expect(reply.headers["state"] == .string("refused"))
                #expect(reply.headers["reason"]?.stringValue?.contains("not a process of waitlist") == true)
                try await system.waitlist.waitUntilReady()
                #expect(try await berta.stop() == 0)
            }
        }
    }

    /// NotifierService's user says that a partition of WaitlistService is to be taken.
    private func forgedMove(from url: String) async throws -> MessageProperties {
        let requester = Requester(endpoint: try BrokerEndpoint(url: url), name: "intruder", logger: .quiet)
        async let running: Void = requester.run()
        let properties = MessageProperties(
            type: "move_take", userID: "notifier",
            headers: ["move": .string("1"), "partition": .string("p00"), "process": .string("anna")])
        var reply: Delivery?
        try await eventually("it is answered") {
            reply = try? await requester.request(
                [], to: ServiceName.waitlist.processQueue(of: "berta"), properties: properties, timeout: .seconds(5))
            return reply != nil
        }
        requester.stop()
        try await running
        return try #require(reply).properties
    }

    @Test func `a user without the right to declare exchanges says so once, and needs those that are there`()
        async throws
    {
        try await TestSystem.run(services: [], ownBroker: true, invariants: false) { system in
            let urls = try await importUsers(system)
            try await system.waitlist.start([
                "AMQP_URL": try #require(urls["waitlist"]), "TRUSTED_AMQP_USERS": "application",
            ])
            try await system.waitlist.waitUntilReady()
            let log = try String(
                contentsOf: system.broker.directory.appending(path: "log/broker.log"), encoding: .utf8)
            let refusals = log.split(separator: "\n").filter {
                $0.contains("access to exchange") && $0.contains("refused")
            }
            // One for each of E1 and E2, however many connections there are.
            #expect(refusals.count <= 2, "\(refusals)")
        }
    }

    // MARK: -

    /// - Returns: the URL of each user.
    private func importUsers(_ system: TestSystem) async throws -> [String: String] {
        let virtualHost = try BrokerEndpoint(url: system.url).virtualHost
        return try await system.broker.importUsers(virtualHost: virtualHost).reduce(into: [:]) { urls, user in
            urls[user.key] = system.url.replacing("guest:guest", with: "\(user.key):\(user.value)")
        }
    }

    /// One spot and two volunteers: one is confirmed and leaves, the other waits and gets an offer.
    private func playStory(_ system: TestSystem, platform url: String) async throws {
        let platform = try BlockingClient.connect(url: url)
        defer { platform.close() }
        let commands: [Message] = [
            .create(.sample("permitted", spots: 1)), .accepted(1, "permitted"), .accepted(2, "permitted"),
        ]
        #expect(try platform.publishBatch(commands.map { system.foreign($0) }).allSatisfy { $0 == .confirmed })
        try await system.waitUntil("the second waits") { system.kinds(to: 2) == [.waiting] }
        #expect(try platform.publishBatch([system.foreign(.declined(1, "permitted"))]) == [.confirmed])
        try await system.waitUntil("the spot is offered") { system.kinds(to: 2) == [.waiting, .spotAvailable] }
        // ApplicationService asks WaitlistService for it.
        let path = "/v1/applications/permitted/responses/2"
        let response = try await system.client().get(path).decoded(as: API.Response.self)
        #expect(response.position == 1)
    }

    private func expectNotifications(at url: String, count: Int) throws {
        let subscriber = try BlockingClient.connect(url: url)
        defer { subscriber.close() }
        #expect(try subscriber.take(count, from: Exchange.notifications, within: testTimeout).count == count)
    }

    private func expectRefusal(of attempt: Attempt, _ urls: [String: String]) throws {
        let client = try BlockingClient.connect(url: try #require(urls[attempt.user]))
        defer { client.close() }
        #expect("\(attempt.testDescription)") {
            try attempt.action(client)
        } throws: { error in
            // A user_id that is not the user's own is another kind of error (406).
            guard let error = error as? BrokerError else { return false }
            return error.code == .accessRefused
                || error.code == .protocolViolation && error.detail.contains("user_id")
        }
    }
}

extension ServiceProcess {
    /// Its user in `deploy/rabbitmq`.
    fileprivate var userName: String {
        switch kind {
        case .application: "application"
        case .waitlist: "waitlist"
        case .notifier: "notifier"
        }
    }

    fileprivate var trustedUsers: String { kind == .application ? "application,waitlist,notifier" : "application" }
}

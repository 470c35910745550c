import Contracts
import Foundation
import Synchronization
import TestSupport
import Testing

/// The broker is thrown away with everything in it, and an empty one takes its place: what is committed arrives
/// (contract section 4).
@Suite struct ReplacedBrokerTests {
    private static let id: ID = "replaced"
    private static let spots = 20
    private static let replacements = 3
    /// The folder `bin` of deploy/rabbitmq/install-4, if it is to take part.
    private static let otherVersion = ProcessInfo.processInfo.environment["RABBITMQ_4_BIN"]

    @Test func `what was answered 202 while brokers were replaced under load is decided, and told once`() async throws {
        try await TestSystem.run(
            settings: ["RATE_LIMIT": "0"], services: ServiceProcess.Kind.allCases, ownBroker: true, invariants: false
        ) { system in
            let http = try await system.client()
            #expect(try await http.ended(http.create(Self.id, spots: Self.spots)).status == "succeeded")
            let accepted = try await acceptedWhileReplacing(http, system)
            #expect(accepted.count > Self.spots, "some wait")

            for (number, answer) in accepted.enumerated() {
                let operation = try await http.ended(answer)
                #expect(operation.status == "succeeded", "volunteer \(number)")
                #expect(operation.result?.outcome == (number < Self.spots ? "confirmed" : "waiting"))
            }
            try await system.waitUntilStreamsAgree()
            try await expectLists(accepted.count, http)
            try await expectNotifications(accepted.count, system)
            let parked = try await system.application.run("parked", "list")
            #expect(parked.lines == [])
        }
    }

    /// Sends responses, one after the other, until the last broker has been replaced and all services are ready again.
    /// - Returns: the answers to volunteers 0, 1, 2, …
    private func acceptedWhileReplacing(_ http: APIClient, _ system: TestSystem) async throws -> [APIClient.Response] {
        let replacing = Replacing()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { replacing.isDone.withLock { $0 = true } }
                for number in 1...Self.replacements {
                    try await system.replaceBroker(programs: number.isMultiple(of: 2) ? Self.otherVersion : nil)
                    for service in system.processes { try await service.waitUntilReady() }
                }
            }
            var accepted: [APIClient.Response] = []
            while !replacing.isDone.withLock({ $0 }) {
                let number = accepted.count
                var answer: APIClient.Response?
                // A command that was not accepted is repeated, as clients do, with the same key.
                try await eventually("the command of volunteer \(number) is accepted") {
                    answer = try? await http.respond(.trusted("v\(number)"), Self.id, key: "respond-\(number)")
                    return answer?.status == 202
                }
                if let answer { accepted.append(answer) }
            }
            try await group.waitForAll()
            return accepted
        }
    }

    private final class Replacing: Sendable {
        let isDone = Mutex(false)
    }

    /// ApplicationService's members, in the order in which their commands were answered, have WaitlistService's
    /// positions.
    private func expectLists(_ count: Int, _ http: APIClient) async throws {
        let application = try await http.get("/v1/applications/\(Self.id)").decoded(as: API.Application.self)
        #expect(application.confirmed == Self.spots && application.waiting == count - Self.spots)
        for number in 0..<count {
            let path = "/v1/applications/\(Self.id)/responses/v\(number)"
            var response = try await http.get(path).decoded(as: API.Response.self)
            #expect(response.state == (number < Self.spots ? "confirmed" : "waiting"), "volunteer \(number)")
            guard number >= Self.spots else { continue }
            // WaitlistService is asked, which a busy machine may not answer in time.
            try await eventually("the position of volunteer \(number) is known") {
                if response.position == nil { response = try await http.get(path).decoded(as: API.Response.self) }
                return response.position != nil
            }
            #expect(response.position == number - Self.spots + 1)
        }
    }

    /// Each volunteer is told once. The same message_id again is the same notification.
    private func expectNotifications(_ count: Int, _ system: TestSystem) async throws {
        try await eventually("NotifierService has published everything") {
            try await system.notifier.metrics().sum("waitlist_outbox_depth") == 0
        }
        #expect(try await system.counters(system.notifier)["notified"] == count)
        let messages = Dictionary(grouping: system.notifications(about: Self.id), by: \.userID)
        for (user, texts) in messages { #expect(texts.count == 1, "\(user): \(texts)") }
    }
}

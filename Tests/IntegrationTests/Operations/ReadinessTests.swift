import Broker
import Foundation
import TestSupport
import Testing

/// `/readyz` covers every queue that is read, and names the culprit (contract section 9).
@Suite struct ReadinessTests {
    struct Refused: Sendable, CustomTestStringConvertible {
        let kind: ServiceProcess.Kind
        let queue: String
        var testDescription: String { queue }
    }

    static let refused = [
        Refused(kind: .application, queue: "application.ingress"),
        Refused(kind: .application, queue: "application.p00"),
        Refused(kind: .waitlist, queue: "waitlist.p00"),
        Refused(kind: .waitlist, queue: "waitlist.p00.requests"),
    ]

    @Test(arguments: refused) func `a service is not ready while it may not read one of its queues`(
        refused: Refused
    ) async throws {
        try await TestSystem.run(services: [], invariants: false) { system in
            let user = "reader-\(UUID().uuidString.prefix(8))"
            let virtualHost = try BrokerEndpoint(url: system.url).virtualHost
            let pattern = refused.queue.replacing(".", with: "\\.")
            try await system.broker.addUser(
                user, password: "secret", virtualHost: virtualHost, read: "^(?!\(pattern)$).*$")
            let service = system.service(refused.kind)
            try await service.start([
                "AMQP_URL": system.url.replacingOccurrences(of: "guest:guest", with: "\(user):secret")
            ])
            let expected = "not ready\n\(refused.queue) is not consumed: accessRefused\n"
            try await eventually("it names the queue:\n\(service.logTail)") {
                let answer = try? await service.get("readyz")
                return answer?.status == 503 && answer?.body == expected
            }
            #expect(try await service.get("healthz").status == 200)
            try await system.broker.addUser(user, password: "secret", virtualHost: virtualHost)
            try await service.waitUntilReady()
            #expect(try await service.get("readyz").body == "ready\n")
        }
    }

    @Test func `the subcommand ready says what /readyz says`() async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases, ownBroker: true) { system in
            for service in system.processes {
                let ready = try await service.run("ready")
                #expect(ready.exitCode == 0 && ready.lines == ["ready"] && ready.stderr.isEmpty, "\(ready)")
            }
            try await system.broker.stop()
            for service in system.processes {
                try await eventually("\(service.kind) is not ready") { await !service.isReady }
                let waiting = try await service.run("ready")
                #expect(waiting.exitCode == 1 && waiting.lines.isEmpty, "\(waiting)")
                #expect(waiting.stderr.contains("not ready, ") && waiting.stderr.contains("p00 "), "\(waiting)")
                #expect(try await service.stop() == 0)
                let stopped = try await service.run("ready")
                #expect(stopped.exitCode == 1 && stopped.stderr.contains("/readyz does not answer"), "\(stopped)")
            }
        }
    }
}

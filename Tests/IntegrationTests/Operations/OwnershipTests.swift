import Broker
import BrokerTesting
import Contracts
import Foundation
import TestSupport
import Testing

/// One process owns a file and a partition; files and queues keep their parameters (contract sections 3 and 9).
@Suite struct OwnershipTests {
    @Test(arguments: ServiceProcess.Kind.allCases)
    func `a second process on the same file refuses to start, and the first continues`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            let settings = ["DATA_DIR": system.data.path, "OWNED_PARTITIONS": "all"]
            try await system.withProcess(kind, folder: "second", settings: settings) { second in
                try await second.start()
                let code = try await second.waitForExit()
                #expect(code != 0 && code < 128, "\(second.log)")
                #expect(second.errorLines.count == 1, "\(second.log)")
                let file = "\(kind)-p00.sqlite"
                #expect(second.errorLines.first?.contains(file) == true)
            }
            let scenario = Scenario(application: "first", spots: 1, volunteers: 3, decliners: 1)
            try await scenario.send(to: system)
            try await scenario.expectOutcome(on: system)
            // The socket still belongs to the first process.
            #expect(try await system.application.run("streams").exitCode == 0)
            try await system.expectExactlyOnce()
        }
    }

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `a second process for the same partition with another file refuses to start`(
        kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            let scenario = Scenario(application: "owned", spots: 2, volunteers: 10)
            try await scenario.send(0..<6, to: system)
            try await system.withProcess(kind, folder: "second") { second in
                try await second.start()
                let code = try await second.waitForExit()
                #expect(code != 0 && code < 128, "\(second.log)")
                #expect(second.errorLines.count == 1, "\(second.log)")
                try await scenario.send(6..<scenario.commands.count, to: system)
            }
            try await scenario.expectOutcome(on: system)
            try await system.expectExactlyOnce()
        }
    }

    @Test(arguments: ServiceProcess.Kind.allCases)
    func `a file with another number of partitions is refused with exit 64`(kind: ServiceProcess.Kind) async throws {
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            let service = system.service(kind)
            #expect(try await service.stop() == 0)
            let before = service.log
            try await service.start(["PARTITIONS": "2"])
            #expect(try await service.waitForExit() == 64)
            let line = service.log.dropFirst(before.count)
            #expect(line.split(separator: "\n").count == 1 && line.contains("PARTITIONS"), "\(line)")
            let two = ["PARTITIONS": "2", "OWNED_PARTITIONS": "0"]
            let listed = try await service.run("parked", "list", settings: two)
            #expect(listed.exitCode == 64 && listed.stderr.split(separator: "\n").count == 1, "\(listed)")
            try await service.start()
            try await service.waitUntilReady()
        }
    }

    struct Differing: Sendable, CustomTestStringConvertible {
        let kind: ServiceProcess.Kind
        let declaration: Declaration
        let testDescription: String

        init(_ kind: ServiceProcess.Kind, _ name: String, _ declaration: Declaration) {
            self.kind = kind
            self.declaration = declaration
            testDescription = "\(kind.rawValue), \(name)"
        }
    }

    static let differing = [
        Differing(.application, "application.ingress", classic("application.ingress")),
        Differing(.application, "application.p00", classic("application.p00")),
        Differing(.waitlist, "waitlist.p00", classic("waitlist.p00")),
        Differing(.notifier, "notifier.p00", classic("notifier.p00")),
        Differing(.notifier, "notifications", classic("notifications")),
    ]

    private static func classic(_ name: String) -> Declaration {
        .queue(name: name, durable: true, exclusive: false, autoDelete: false, arguments: [:])
    }

    @Test(arguments: differing) func `a queue with different arguments gives one error line and exit 64`(
        differing: Differing
    ) async throws {
        try await TestSystem.run(services: []) { system in
            guard case .queue(let name, _, _, _, _) = differing.declaration else { return }
            try await system.brokerClient.perform { client in
                try client.deleteQueue(name)
                try client.declare([differing.declaration])
            }
            let service = system.service(differing.kind)
            try await service.start()
            let code = try await service.waitForExit()
            #expect(code == 64, "\(service.log)")
            #expect(service.errorLines.count == 1, "\(service.log)")
            #expect(service.errorLines.first?.contains(name) == true, "\(service.errorLines)")
        }
    }

    @Test func `a queue of another service is neither declared nor compared`() async throws {
        try await TestSystem.run(services: []) { system in
            try await system.brokerClient.perform { client in
                for name in ["waitlist.p00", "notifier.p00"] { try client.deleteQueue(name) }
                try client.declare([Self.classic("waitlist.p00")])
            }
            try await system.application.start()
            try await system.application.waitUntilReady()
            await #expect {
                try await system.depth("notifier.p00")
            } throws: {
                ($0 as? BrokerError)?.code == .notFound
            }
        }
    }

    @Test(arguments: ["application.p00", "application.ingress"])
    func `a queue with a length as its argument, from an earlier version, gives one line that says what to do`(
        queue: String
    ) async throws {
        try await TestSystem.run(services: []) { system in
            let arguments: [String: HeaderValue] = [
                "x-queue-type": .string("quorum"), "x-single-active-consumer": .bool(true),
                "x-overflow": .string("reject-publish"), "x-max-length": .int(1_000_000),
            ]
            try await system.brokerClient.perform { client in
                try client.deleteQueue(queue)
                try client.declare([
                    .queue(name: queue, durable: true, exclusive: false, autoDelete: false, arguments: arguments)
                ])
            }
            try await system.application.start()
            #expect(try await system.application.waitForExit() == 64)
            let lines = system.application.errorLines
            #expect(lines.count == 1, "\(system.application.log)")
            for word in [queue, "rabbitmqctl delete_queue", "deploy/rabbitmq/definitions.json"] {
                #expect(lines.first?.contains(word) == true, "\(lines)")
            }
            // As it says.
            try await system.brokerClient.perform { try $0.deleteQueue(queue) }
            try await system.application.start()
            try await system.application.waitUntilReady()
        }
    }
}

import Foundation
import TestSupport
import Testing

/// A stop while the broker or the resolver hangs (contract section 9). The limit of 10 s is the contract's.
@Suite struct StopTests {
    @Test func `SIGTERM ends services whose broker accepts connections and says nothing`() async throws {
        try await TestSystem.run(services: []) { system in
            let proxy = try BrokerProxy(to: system.url)
            defer { proxy.close() }
            proxy.freeze()
            for (number, service) in system.processes.enumerated() {
                try await service.start(["AMQP_URL": try proxy.url(for: system.url)])
                // Each service consumes and publishes.
                try await eventually("\(service.kind) connects") { proxy.accepted >= 2 * (number + 1) }
            }
            for service in system.processes {
                #expect(try await service.stop(within: ServiceProcess.shutdownTime) == 0, "\(service.logTail)")
            }
        }
    }

    @Test func `SIGTERM ends services whose broker freezes, and what was committed is published later`() async throws {
        try await TestSystem.run(services: []) { system in
            let proxy = try BrokerProxy(to: system.url)
            defer { proxy.close() }
            for service in system.processes { try await service.start(["AMQP_URL": try proxy.url(for: system.url)]) }
            for service in system.processes { try await service.waitUntilReady() }
            let http = try await system.client()
            proxy.freeze()
            _ = try await http.create(1, spots: 1)
            try await eventually("there is something to publish") {
                try await system.application.metrics().sum("waitlist_outbox_depth") > 0
            }
            for service in system.processes {
                #expect(try await service.stop(within: ServiceProcess.shutdownTime) == 0, "\(service.logTail)")
            }
            // The broker notices that the connections are gone, and frees the partitions.
            proxy.cut()
            for service in system.processes { try await service.start() }
            for service in system.processes { try await service.waitUntilReady() }
            try await eventually("it is published") {
                try await system.application.metrics().sum("waitlist_outbox_depth") == 0
            }
        }
    }

    /// The look-up of a name hangs in the system's library, which is preloaded with one that never returns.
    @Test func `SIGTERM ends a service whose resolver does not answer`() async throws {
        try await TestSystem.run(services: []) { system in
            let library = try await FaultLibrary.compile("hanging_resolver", into: system.data)
            for service in system.processes {
                let marker = system.data.appending(path: "\(service.kind.rawValue)-resolves").path
                try await service.start([
                    "LD_PRELOAD": library.path, "RESOLVER_MARKER": marker, "AMQP_URL": "amqp://hangs.invalid",
                ])
                try await eventually("\(service.kind) looks the broker up") {
                    FileManager.default.fileExists(atPath: marker)
                }
                try await eventually("\(service.kind) answers") { (try? await service.get("healthz"))?.status == 200 }
            }
            for service in system.processes {
                #expect(try await service.stop(within: ServiceProcess.shutdownTime) == 0, "\(service.logTail)")
            }
        }
    }
}

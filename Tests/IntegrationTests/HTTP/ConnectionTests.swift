import Contracts
import Foundation
import TestSupport
import Testing

/// Silent clients take neither the descriptors nor the places of a service (contract section 8).
@Suite struct ConnectionTests {
    private static let descriptors = 256

    @Test(arguments: [ServiceProcess.Kind.application, .waitlist])
    func `a thousand idle connections neither stop a service of 256 descriptors nor keep others out`(
        _ kind: ServiceProcess.Kind
    ) async throws {
        try await TestSystem.run(services: []) { system in
            let service = system.service(kind)
            try await service.start(descriptorLimit: Self.descriptors)
            try await service.waitUntilReady()
            let clients = try await IdleClients(1_000, to: service.httpPort, folder: system.data)
            defer { clients.end() }
            for _ in 0..<20 {
                #expect(try await service.get("healthz").status == 200)
                #expect(try await service.get("metrics").status == 200)
                let http = APIClient(base: "http://127.0.0.1:\(service.httpPort)", token: nil)
                #expect(try await http.get("/readyz").status == 200)
                #expect(service.descriptorCount < Self.descriptors - 50, "some are left for files and the broker")
            }
            #expect(service.isRunning)
            #expect(service.log.contains("descriptors=256"), "\(service.log)")
        }
    }

    @Test func `the soft limit of descriptors is raised to the hard one`() async throws {
        try await TestSystem.run(services: []) { system in
            try await system.application.start()
            try await system.application.waitUntilReady()
            let pid = try #require(system.application.pid)
            let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
            let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            #expect(numbers.count == 2 && numbers[0] == numbers[1], "\(line)")
        }
    }
}

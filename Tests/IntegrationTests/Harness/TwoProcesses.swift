import TestSupport
import Testing

/// Two processes of ApplicationService with folders of their own: the first owns p00 and p01, the second p02 and p03.
struct TwoProcesses: Sendable {
    let system: TestSystem
    /// Clients without tokens.
    let first: APIClient
    let second: APIClient
    let processes: [ServiceProcess]

    static let owned = [["OWNED_PARTITIONS": "0-1"], ["OWNED_PARTITIONS": "2-3"]]

    /// - Parameters:
    ///   - settings: of all processes.
    ///   - services: the other services that run.
    static func run(
        settings: [String: String] = [:], services: [ServiceProcess.Kind] = [.waitlist],
        _ body: (TwoProcesses) async throws -> Void
    ) async throws {
        try await TestSystem.run(partitions: 4, settings: settings, services: services) { system in
            try await system.application.start(owned[0])
            let own = settings.merging(owned[1]) { $1 }
            try await system.withProcess(.application, folder: "second", settings: own) { second in
                try await second.start()
                for process in [system.application, second] { try await process.waitUntilReady() }
                try await body(
                    TwoProcesses(
                        system: system, first: client(of: system.application), second: client(of: second),
                        processes: [system.application, second]))
                #expect(try await second.stop() == 0)
            }
        }
    }

    static func client(of process: ServiceProcess, token: String? = nil) -> APIClient {
        APIClient(base: "http://127.0.0.1:\(process.httpPort)", token: token)
    }
}

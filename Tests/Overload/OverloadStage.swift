import Foundation
import TestSupport

/// The three services, each in its memory cgroup, with a broker of their own and clients outside.
struct OverloadStage: Sendable {
    let services: [LimitedService]
    let broker: BrokerClient
    private let folder: URL

    init(url: String, groups: URL) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "data")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.folder = folder
        broker = BrokerClient(url: url)
        services = try ServiceProcess.Kind.allCases.map { kind in
            let process = try ServiceProcess(
                kind,
                settings: ["AMQP_URL": url, "DATA_DIR": folder.path, "PARTITIONS": "1", "RATE_LIMIT": "0"],
                folder: folder)
            return LimitedService(process, groups: groups)
        }
    }

    subscript(_ kind: ServiceProcess.Kind) -> LimitedService {
        services.first { $0.process.kind == kind } ?? services[0]
    }

    /// The public door.
    var port: Int { self[.application].process.httpPort }

    func start() async throws {
        for service in services { try await service.start() }
        printLine("At the beginning")
        for service in services {
            service.sample()
            try await service.report()
        }
    }

    func close() {
        for service in services { service.process.signal(SIGKILL) }
    }

    /// Runs one flood while the memory of all services is sampled, then checks that they live and gave it back.
    func flood(_ title: String, _ body: @Sendable () async throws -> String) async throws {
        printLine(title)
        let result: String = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    for service in services { service.sample() }
                    try await pauseUntil(.now + .milliseconds(20))
                }
            }
            defer { group.cancelAll() }
            return try await body()
        }
        printLine("  \(result)")
        for service in services { try await service.report() }
    }
}

import Broker
import BrokerTesting
import Foundation

/// The public HTTP API, with the broker: commands, first while the other services are suspended, as if they had their
/// own machines, then (`crowded`) while they share the processors; polls of operations; reads. The baseline of each
/// in the same run is a bare route of the same HTTP library, which reads the same requests and returns the same
/// responses.
struct HTTPBenchmark {
    private let options: Options
    private let requests: Int
    private let folder: String
    private static let applications = 100

    init(_ options: Options) throws {
        self.options = options
        requests = options.messages ?? 20_000
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        let services = try BenchServices(options, in: folder, session)
        defer { services.stop() }
        let others = [services.waitlist, services.notifier]
        let load = HTTPLoad(port: services.port, connections: options.connections)
        let make = services.requests
        _ = try load.run((0..<Self.applications).map(make.create), expecting: 202)
        let warmUp = try load.run(commands(make, "warm-up", 2_000), expecting: 202, keepingAnswers: true)
        let operations = warmUp.answers.flatMap(\.headers).filter { $0.name.lowercased() == "location" }.map(\.value)

        var workloads = try (options.only.map { [$0] } ?? Workload.Kind.allCases).map { kind in
            switch kind {
            case .commands: try commandWorkload(kind, warmUp.answers.last, make, elsewhere: others)
            case .crowded: try commandWorkload(kind, warmUp.answers.last, make, elsewhere: [])
            case .polls: try readWorkload(kind, "/v1/operations/{id}", operations, load, make)
            case .reads:
                try readWorkload(
                    kind, "/v1/applications/{id}", (0..<Self.applications).map { make.application($0) }, load, make)
            }
        }
        for round in 1...options.rounds {
            for index in workloads.indices {
                try settle(session)
                try workloads[index].measure(
                    load, services.application, round: round, requests: requests, rate: options.rate
                ) {
                    try settle(session)
                }
            }
        }
        let programs = [services.application, services.waitlist, services.notifier]
        let memory = programs.map { String($0.memoryPeak) }.joined(separator: ", ")
        return workloads.flatMap(\.figures) + [
            .plain("http: peak memory of ApplicationService, WaitlistService, NotifierService", "\(memory) MB")
        ]
    }

    /// Responses of new volunteers, each with its own Idempotency-Key.
    private func commands(_ make: HTTPRequestFactory, _ name: String, _ count: Int) -> [[UInt8]] {
        (0..<count).map { make.response(to: $0 % Self.applications, by: "\(name)-\($0)") }
    }

    private func commandWorkload(
        _ kind: Workload.Kind, _ answer: HTTPResponse?, _ make: HTTPRequestFactory, elsewhere: [Program]
    ) throws -> Workload {
        try Workload(
            kind, "POST", "/v1/applications/{id}/responses", like: answer, options, elsewhere: elsewhere
        ) { commands(make, $0, $1) }
    }

    private func readWorkload(
        _ kind: Workload.Kind, _ route: String, _ paths: [String], _ load: HTTPLoad, _ make: HTTPRequestFactory
    ) throws -> Workload {
        let all = paths.map { make.get($0) }
        let sample = try load.run(all, expecting: 200, keepingAnswers: true)
        return try Workload(kind, "GET", route, like: sample.answers.last, options) { _, count in
            (0..<count).map { all[$0 % all.count] }
        }
    }

    /// Waits until the services have processed all commands, so that this work does not disturb the next measurement.
    private func settle(_ session: BlockingClient) throws {
        var count = -1
        try Measure.until("the services have nothing left to do", within: 300, every: 0.5) {
            let now = try session.messageCount("notifications")
            defer { count = now }
            return try now == count && session.messageCount("notifier.p00") == 0
                && session.messageCount("waitlist.p00") == 0
        }
    }
}

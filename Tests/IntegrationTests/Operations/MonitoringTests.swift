import Foundation
import TestSupport
import Testing

/// The dashboard and the alert rules in `deploy/monitoring` name only metrics that the services publish, and treat each
/// as what it is. `deploy/monitoring/check` checks their syntax, and runs the unit tests of the rules.
@Suite struct MonitoringTests {
    /// Published once something has been forgotten (RetentionTests).
    private static let later = ["waitlist_forgotten_total": "counter"]

    @Test func `every expression names metrics that exist, and rates are those of counters`() async throws {
        let expressions = try Self.alerts() + Self.dashboard()
        #expect(expressions.count > 30)
        try await TestSystem.run(services: ServiceProcess.Kind.allCases) { system in
            try await system.openRelease("watched", confirmed: 1...1, waiting: 2...3)
            // The request that is counted.
            _ = try await system.client().get("/v1/applications/watched")
            var types = Self.later
            for service in system.processes {
                for line in try await service.get("metrics").body.split(separator: "\n") {
                    guard let type = line.wholeMatch(of: /# TYPE (\w+) (\w+)/) else { continue }
                    types[String(type.1)] = String(type.2)
                }
            }
            var unknown: Set<String> = []
            for expression in expressions {
                for use in expression.matches(of: /(?:(rate|increase|delta)\()?\b(waitlist_\w+)/) {
                    let name = String(use.2)
                    let family = name.hasSuffix("_bucket") ? String(name.dropLast("_bucket".count)) : name
                    guard let type = types[family] else {
                        unknown.insert(name)
                        continue
                    }
                    let expected =
                        switch use.1 {
                        case "rate"?, "increase"?: name == family ? "counter" : "histogram"
                        default: "gauge"
                        }
                    #expect(type == expected, "\(name) in \(expression)")
                }
            }
            #expect(unknown == [])
        }
    }

    // MARK: -

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../deploy/monitoring").standardizedFileURL

    /// The expressions of the alert rules: on the line of `expr`, or on those below it.
    private static func alerts() throws -> [String] {
        let text = try String(contentsOf: folder.appending(path: "alerts.yaml"), encoding: .utf8)
        return text.matches(of: /\n +expr: ((?:.|\n)+?)\n +(?:for|labels):/).map { String($0.1) }
    }

    private static func dashboard() throws -> [String] {
        struct Dashboard: Decodable {
            struct Panel: Decodable { let targets: [Target] }
            struct Target: Decodable { let expr: String }
            let panels: [Panel]
        }
        let data = try Data(contentsOf: folder.appending(path: "dashboard.json"))
        return try JSONDecoder().decode(Dashboard.self, from: data).panels.flatMap { $0.targets.map(\.expr) }
    }
}

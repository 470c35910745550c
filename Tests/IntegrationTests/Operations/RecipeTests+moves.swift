import Contracts
import Foundation
import TestSupport
import Testing

/// Moves of partitions between processes with data folders of their own.
extension RecipeTests {
    @Test func `Move a partition`() async throws {
        try await run { system in
            let settings = ["OWNED_PARTITIONS": "none", "PROCESS_NAME": "waitlist-2"]
            try await system.withProcess(.waitlist, folder: "waitlist-2", settings: settings) { other in
                try await other.start()
                try await other.waitUntilReady()
                let output = try await recipes.run("Move a partition", variables(system))
                #expect(output.contains(/waitlist\.p01\t\S+\twaitlist-2\t\d+\t\d+\n/), "\(output)")
                #expect(output.contains("waitlist.p01\twaitlist-2\tmoved\t"), "\(output)")
                try await expectService(system)
                try await expectKeptFile(in: system)
                #expect(try await other.stop() == 0)
            }
        }
    }

    /// The old file of p01 can be restored, should the process that got the partition be lost.
    private func expectKeptFile(in system: TestSystem) async throws {
        let kept = try #require(try files(in: system.data.path).first { $0.hasPrefix("waitlist-p01.sqlite.moved-") })
        let folder = backups.url.appending(path: "kept")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: system.data.appending(path: kept), to: folder.appending(path: "waitlist-p01.sqlite"))
        let restored = try await system.waitlist.run(
            ["restore", folder.path], settings: ["DATA_DIR": backups.path + "/restored", "OWNED_PARTITIONS": "1"])
        #expect(restored.exitCode == 0, "\(restored)")
    }

    @Test func `Serve a copy whose source is lost`() async throws {
        try await run { system in
            let settings = ["OWNED_PARTITIONS": "none", "PROCESS_NAME": "waitlist-2"]
            try await system.withProcess(.waitlist, folder: "waitlist-2", settings: settings) { other in
                #expect(try await system.waitlist.stop() == 0)
                try await system.waitlist.start(["CRASH_POINT": "move-confirmed"])
                try await other.start()
                for process in [system.waitlist, other] { try await process.waitUntilReady() }
                #expect(try await system.waitlist.run("move", "p01", "--to", "waitlist-2").exitCode == 1)
                #expect(try await system.waitlist.waitForExit() == 128 + SIGKILL)
                for file in try files(in: system.data.path) where file.hasPrefix("waitlist-p01.sqlite") {
                    try FileManager.default.removeItem(at: system.data.appending(path: file))
                }
                try await eventually("it says that its source does not answer", poll: .milliseconds(100)) {
                    other.log.contains("does not say whether it has given it up")
                }
                #expect(try await other.run("partitions").lines.allSatisfy { !$0.contains("p01") })
                #expect(try await other.stop() == 0)
                let folder = ["DATA_DIR": system.data.appending(path: "waitlist-2").path]
                try await recipes.run("Serve a copy whose source is lost", variables(system).merging(folder) { $1 })
                try await other.start(["OWNED_PARTITIONS": "1"])
                try await system.waitlist.start(["OWNED_PARTITIONS": "0"])
                for process in [system.waitlist, other] { try await process.waitUntilReady() }
                try await expectService(system)
                for process in [system.waitlist, other] { #expect(try await process.stop() == 0) }
            }
        }
    }

    @Test func `Add a replica`() async throws {
        try await scaleUpAndDown { _, moved in
            #expect(moved == [["p00", "p02", "p04"], ["p01", "p03", "p05"], ["p06", "p07"]])
        }
    }

    @Test func `Remove a replica`() async throws {
        try await scaleUpAndDown { replaced, _ in
            let output = try await recipes.run("Remove a replica", [:], replacing: replaced)
            #expect(output.contains("waitlist.p06\twaitlist-0\tmoved\t"), "\(output)")
            #expect(output.contains("waitlist.p07\twaitlist-1\tmoved\t"), "\(output)")
            #expect(!output.contains("serving") && !output.contains("moving"), "\(output)")
        }
    }

    /// Two replicas of WaitlistService, a third one that is added by its recipe, and what the test does then.
    /// - Parameter body: what the commands of the recipes are replaced by, and what each replica serves.
    private func scaleUpAndDown(
        _ body: (_ replaced: [String: String], _ served: [[String]]) async throws -> Void
    ) async throws {
        try await TestSystem.run(
            partitions: 8, services: [.application], invariants: false
        ) { system in
            func settings(_ ordinal: Int) -> [String: String] {
                ["OWNED_PARTITIONS": "\(ordinal)/2+", "PROCESS_NAME": "waitlist-\(ordinal)"]
            }
            func served(_ replicas: [ServiceProcess]) async throws -> [[String]] {
                var served: [[String]] = []
                for replica in replicas {
                    let lines = try await replica.run("partitions").lines.map { $0.split(separator: "\t") }
                    served.append(lines.filter { $0[2] == "serving" }.map { String($0[0].suffix(3)) })
                }
                return served
            }
            try await system.withProcess(.waitlist, folder: "0", settings: settings(0)) { first in
                try await system.withProcess(.waitlist, folder: "1", settings: settings(1)) { second in
                    try await system.withProcess(.waitlist, folder: "2", settings: settings(2)) { third in
                        for replica in [first, second, third] { try await replica.start() }
                        for replica in [first, second, third] { try await replica.waitUntilReady() }
                        #expect(
                            try await served([first, second, third]) == [
                                ["p00", "p02", "p04", "p06"], ["p01", "p03", "p05", "p07"], [],
                            ])
                        var replaced = ["kubectl scale": "true scale", "kubectl rollout": "true rollout"]
                        for (ordinal, replica) in [first, second, third].enumerated() {
                            let variables = try variables(system).merging(settings(ordinal)) { $1 }
                                .merging([
                                    "AMQP_URL": system.url, "DATA_DIR": system.data.path + "/\(ordinal)",
                                    "HTTP_PORT": "\(replica.httpPort)",
                                ]) { $1 }
                            let words = variables.map { "'\($0)=\($1)'" }.joined(separator: " ")
                            replaced["kubectl exec waitlist-\(ordinal) -- /usr/bin/"] = "env \(words) "
                        }
                        try await recipes.run("Add a replica", [:], replacing: replaced)
                        try await body(replaced, try await served([first, second, third]))
                        for replica in [first, second, third] {
                            #expect(try await replica.stop() == 0)
                            try await replica.start()
                        }
                        for replica in [first, second, third] { try await replica.waitUntilReady() }
                        let all = try await served([first, second, third]).flatMap(\.self).sorted()
                        #expect(all == (0..<8).map { "p0\($0)" })
                        for replica in [first, second, third] { #expect(try await replica.stop() == 0) }
                    }
                }
            }
        }
    }
}

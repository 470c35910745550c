import Contracts
import Foundation
import TestSupport
import Testing

/// The recipes of specs/operations.md. Each test has the name of its recipe, and runs the commands that it shows.
@Suite struct RecipeTests {
    static let id: ID = "recipe"
    let recipes: Recipes
    let backups: TemporaryFolder

    init() throws {
        recipes = try Recipes()
        backups = try TemporaryFolder("backups")
    }

    @Test func `every recipe has a test of its name`() throws {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        let others = file.deletingLastPathComponent().appending(path: "RecipeTests+moves.swift")
        let source = try [file, others].map { try String(contentsOf: $0, encoding: .utf8) }.joined()
        for heading in recipes.blocks.keys { #expect(source.contains("func `\(heading)`("), "\(heading)") }
        #expect(recipes.blocks.count > 10)
        #expect(Recipes.blocks(in: "```sh\na\n```\n### X\n```sh\nb\nc\n```\n```\nd\n```\n") == ["X": ["b\nc"]])
    }

    // MARK: - Backups

    @Test func `Back up all services`() async throws {
        try await run { system in
            let output = try await recipes.run("Back up all services", variables(system))
            #expect(output.split(separator: "\n").count == 6)
            let folder = try #require(try files(in: backups.path).first)
            #expect(try files(in: backups.path + "/" + folder).count == 12)
            try await expectCopy(in: backups.path + "/" + folder, of: system)
        }
    }

    @Test func `Back up every hour`() async throws {
        try await run { system in
            let old = backups.path + "/20200101T000000Z"
            try FileManager.default.createDirectory(atPath: old, withIntermediateDirectories: true)
            let longAgo = Date(timeIntervalSinceNow: -20 * 86_400)
            try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: old)
            #expect(try await recipes.run("Back up every hour", variables(system)) == "")
            let kept = try files(in: backups.path)
            #expect(kept.count == 1 && !kept.contains("20200101T000000Z"))
            try await expectCopy(in: backups.path + "/" + (kept.first ?? ""), of: system)
        }
    }

    @Test func `Back up one file with sqlite3`() async throws {
        try await run(partitions: 1) { system in
            try await recipes.run("Back up one file with sqlite3", variables(system))
            try await expectCopy(in: backups.path, of: system)
        }
    }

    @Test func `Back up stopped services with rsync`() async throws {
        try await run { system in
            for service in system.processes { #expect(try await service.stop() == 0) }
            try await recipes.run("Back up stopped services with rsync", variables(system))
            #expect(try files(in: backups.path + "/stopped").count == 6)
            try await expectCopy(in: backups.path + "/stopped", of: system)
        }
    }

    @Test func `Back up by a snapshot of the file system`() async throws {
        try await run { system in
            for service in system.processes { service.signal(SIGSTOP) }
            let snapshot = backups.url.appending(path: "snapshot")
            try FileManager.default.createDirectory(at: snapshot, withIntermediateDirectories: true)
            for name in try files(in: system.data.path) where name.contains(".sqlite") {
                try FileManager.default.copyItem(
                    at: system.data.appending(path: name), to: snapshot.appending(path: name))
            }
            for service in system.processes { service.signal(SIGCONT) }
            #expect(try files(in: snapshot.path).contains("application-p00.sqlite-wal"))
            try await recipes.run("Back up by a snapshot of the file system", variables(system))
            #expect(try files(in: backups.path + "/copied").count == 6)
            try await expectCopy(in: backups.path + "/copied", of: system)
        }
    }

    /// Needs Litestream, which `deploy/test` installs.
    @Test(.enabled(if: Recipes.hasCommand("litestream"), "litestream is not installed"))
    func `Back up continuously`() async throws {
        try await run(partitions: 1) { system in
            let heading = "Back up continuously"
            let variables = try variables(system)
            let litestream = try recipes.start(heading, command: "litestream", variables)
            defer { kill(litestream.processIdentifier, SIGKILL) }
            try await system.accept("meantime", Self.id)
            try await system.quiesce()
            let latest = backups.url.appending(path: "latest")
            let sql = "PRAGMA integrity_check; SELECT count(*) FROM member WHERE volunteer = 'meantime'"
            try await eventually("it is in the copy", poll: .milliseconds(200)) {
                try? FileManager.default.removeItem(at: latest)
                // Until all files are copied for the first time.
                guard (try? await recipes.run(heading, block: 1, variables)) != nil else { return false }
                let copy = latest.appending(path: "application-p00.sqlite").path
                return try await Recipes.bash("sqlite3 '\(copy)' \"\(sql)\"", variables) == "ok\n1\n"
            }
            #expect(try files(in: latest.path).count == 3)
            // The machine is lost, and Litestream with it.
            kill(litestream.processIdentifier, SIGKILL)
            for service in system.processes { await service.kill() }
            for name in try FileManager.default.contentsOfDirectory(atPath: system.data.path)
            where name.contains(".sqlite") {
                try FileManager.default.removeItem(at: system.data.appending(path: name))
            }
            for service in system.processes {
                let restored = try await service.run("restore", latest.path)
                #expect(restored.exitCode == 0, "\(restored)")
                try await service.start()
            }
            try await system.waitUntilStreamsAgree()
            let response = try await system.client().get("/v1/applications/\(Self.id)/responses/meantime")
            #expect(response.status == 200)
            try await expectService(system)
        }
    }

    // MARK: - Restoring

    @Test func `Restore one service`() async throws {
        try await run { system in
            try await recipes.run("Back up all services", variables(system))
            try await system.accept("after", Self.id)
            try await system.waitUntil("it is decided") { !system.statuses(of: "after", about: Self.id).isEmpty }
            #expect(try await system.application.run("restore", backups.path).exitCode == 69, "it is running")
            #expect(try await system.application.stop() == 0)
            try await recipes.run("Restore one service", variables(system))
            try await system.application.start()
            try await system.waitUntilStreamsAgree()
            try await expectService(system)
            try await system.waitUntil("who was forgotten is told") {
                system.kinds(to: "after", about: Self.id).last == .refused
            }
        }
    }

    @Test func `Restore all services from different times`() async throws {
        try await run { system in
            for (number, service) in system.processes.enumerated() {
                let name = ["application", "waitlist", "notifier"][number]
                #expect(try await service.run("backup", backups.path + "/" + name).exitCode == 0)
                let volunteer = ID.trusted("after-\(name)")
                try await system.accept(volunteer, Self.id)
                try await system.waitUntil("it is decided") { !system.statuses(of: volunteer, about: Self.id).isEmpty }
            }
            for service in system.processes { #expect(try await service.stop() == 0) }
            try await recipes.run("Restore all services from different times", variables(system))
            for service in system.processes { try await service.start() }
            try await system.waitUntilStreamsAgree()
            try await expectService(system)
        }
    }

    @Test(arguments: [ServiceProcess.Kind.waitlist, .notifier])
    func `Lose a disk`(of kind: ServiceProcess.Kind) async throws {
        try await run { system in
            let service = system.service(kind)
            #expect(try await service.stop() == 0)
            let prefix = kind == .waitlist ? "waitlist-" : "notifier-"
            for name in try files(in: system.data.path) where name.hasPrefix(prefix) {
                try FileManager.default.removeItem(at: system.data.appending(path: name))
            }
            try await service.start()
            #expect(try await service.waitForExit() == 78)
            #expect(service.errorLines.last?.contains("--accept-empty") == true)
            try await service.start(arguments: ["--accept-empty"])
            try await system.waitUntilStreamsAgree()
            try await expectService(system)
        }
    }

    @Test func `Repair a damaged file`() async throws {
        try await run { system in
            try await recipes.run("Back up all services", variables(system))
            #expect(try await system.notifier.stop() == 0)
            let file = try FileHandle(forUpdating: system.data.appending(path: "notifier-p00.sqlite"))
            try file.write(contentsOf: Data(repeating: 0x5A, count: 8192))
            try file.close()
            try await system.notifier.start()
            #expect(try await system.notifier.waitForExit() == 74)
            #expect(system.notifier.errorLines.last?.contains("notifier-p00.sqlite is damaged") == true)
            let folder = try #require(try files(in: backups.path).first)
            #expect(try await system.notifier.run("restore", backups.path + "/" + folder).exitCode == 0)
            try await system.notifier.start()
            try await system.waitUntilStreamsAgree()
            try await expectService(system)
        }
    }

    // MARK: - Moving, the broker, watching

    @Test func `Move a service to another machine`() async throws {
        try await run { system in
            #expect(try await system.waitlist.stop() == 0)
            let other = try TemporaryFolder("other-machine")
            var variables = try variables(system)
            variables["NEW_DATA_DIR"] = other.path
            try await recipes.run("Move a service to another machine", variables)
            #expect(try files(in: system.data.path).allSatisfy { !$0.hasPrefix("waitlist-") })
            // Somebody comes while it is away.
            try await system.accept("meantime", Self.id)
            try await system.waitlist.start(["DATA_DIR": other.path])
            try await system.waitUntil("it is on the list") {
                system.statuses(of: "meantime", about: Self.id) == [.waiting]
            }
            for service in system.processes { try await service.waitUntilReady() }
            try await expectService(system)
            #expect(try await system.waitlist.stop() == 0)
        }
    }

    @Test func `Replace the broker`() async throws {
        try await run(ownBroker: true) { system in
            let name = system.url.split(separator: "/").last ?? ""
            let control = "'\(try system.broker.script)' ctl '\(system.broker.directory.path)'"
            let ctl = [
                "rabbitmqctl list_queues": "\(control) --vhost \(name) list_queues", "rabbitmqctl i": "\(control) i",
            ]
            let queues = try await recipes.run("Replace the broker", block: 0, variables(system), replacing: ctl)
            #expect(queues.contains("application.ingress\t0"))
            try await system.replaceBroker()
            try await recipes.run("Replace the broker", block: 1, variables(system), replacing: ctl)
            try await system.waitUntilStreamsAgree()
            try await expectService(system)
        }
    }

    @Test func `See progress`() async throws {
        try await run { system in
            let address = ["127.0.0.1:9080": "127.0.0.1:\(system.application.adminPort)"]
            let output = try await recipes.run("See progress", variables(system), replacing: address)
            let partition = Partition.of(Self.id, count: 2).name
            #expect(output.contains("application.\(partition)>waitlist.\(partition)\tout\t"))
            #expect(output.contains("application.\(partition)>notifier.p00\tin\t"))
            for name in ["streams_resyncing", "restored_total", "outbox_depth"] {
                #expect(output.contains("waitlist_\(name)"), "\(name)")
            }
        }
    }

    // MARK: -

    /// Three services with one application: one volunteer is confirmed, two wait.
    func run(
        partitions: Int = 2, ownBroker: Bool = false, _ body: (TestSystem) async throws -> Void
    ) async throws {
        try await TestSystem.run(
            partitions: partitions, services: ServiceProcess.Kind.allCases, ownBroker: ownBroker, invariants: false
        ) { system in
            try await system.fillApplication(Self.id, confirmed: 1...1, waiting: 2...3)
            try await system.waitUntil("all are told") {
                (1...3).allSatisfy { system.kinds(to: ID($0), about: Self.id).count == 1 }
            }
            try await body(system)
        }
    }

    /// The variables of the recipes.
    func variables(_ system: TestSystem) throws -> [String: String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return [
            "PATH": "\(try ServiceProcess.directory().path):\(path)", "DATA_DIR": system.data.path,
            "PARTITIONS": "\(system.partitions)", "BACKUPS": backups.path,
        ]
    }

    func files(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    /// Restores ApplicationService's files into another folder, and looks for the application there.
    private func expectCopy(in folder: String, of system: TestSystem) async throws {
        let other = try TemporaryFolder("restored")
        let settings = ["DATA_DIR": other.path]
        let restored = try await system.application.run(["restore", folder], settings: settings)
        #expect(restored.exitCode == 0 && restored.lines.count == system.partitions, "\(restored)")
        let streams = try await system.application.run(["streams"], settings: settings)
        #expect(streams.exitCode == 0 && streams.lines.contains { $0.contains("in\t") })
        let counters = try await system.application.run(["counters", "--json"], settings: settings)
        #expect(counters.lines.contains { $0.contains("\"applied\"") })
    }

    /// A spot becomes free, and somebody who waits gets it.
    func expectService(_ system: TestSystem) async throws {
        try await system.decline(1, Self.id)
        try await system.waitUntil("2 and 3 have offers") {
            [2, 3].allSatisfy { system.statuses(of: $0, about: Self.id).last == .available }
        }
        try await system.accept(3, Self.id)
        try await system.waitUntil("3 is confirmed, and is told") {
            system.kinds(to: 3, about: Self.id).last == .confirmed
        }
    }
}

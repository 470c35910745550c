import Contracts
import Foundation
import TestSupport
import Testing

/// `backup DIR` and `restore DIR` (contract section 7).
@Suite struct BackupTests {
    private func files(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test func `backups of the running services are put back after a stop`() async throws {
        try await TestSystem.run(partitions: 2, services: ServiceProcess.Kind.allCases) { system in
            let folder = try TemporaryFolder("backup")
            try await system.fillApplication("before", confirmed: 1...1, waiting: 2...3)
            try await system.quiesce()
            for service in system.processes {
                let written = try await service.run("backup", folder.path)
                #expect(written.exitCode == 0 && written.stderr == "")
                #expect(written.lines.count == 2)
                #expect(written.lines.allSatisfy { $0.split(separator: "\t").count == 4 })
                let again = try await service.run("backup", folder.path)
                #expect(again.exitCode == 1 && again.stderr.contains("choose another folder"))
            }
            #expect(try files(in: folder.url).count == 3 * 2 * 2)
            for service in system.processes {
                let refused = try await service.run("restore", folder.path)
                #expect(refused.exitCode == 69 && refused.lines == [], "the service is running")
                #expect(try await service.stop() == 0)
            }
            let data = try files(in: system.data).filter { $0.hasPrefix("a") || $0.hasPrefix("w") || $0.hasPrefix("n") }
            #expect(data.count == 6 && data.allSatisfy { $0.hasSuffix(".sqlite") }, "\(data)")

            for service in system.processes {
                let restored = try await service.run("restore", folder.path, "--json")
                #expect(restored.exitCode == 0 && restored.lines.count == 2, "\(restored)")
                try await service.start()
            }
            for service in system.processes { try await service.waitUntilReady() }
            try await system.decline(1, "before")
            try await system.waitUntil("those who wait get offers") { system.offers("before").count == 2 }
            try await system.accept(3, "before")
            try await system.waitUntil("one of them is confirmed") {
                system.statuses(of: 3, about: "before").last == .confirmed
            }
        }
    }

    @Test func `a stopped service is copied as it is, and a folder that lacks a partition restores none`() async throws
    {
        try await TestSystem.run(partitions: 2) { system in
            let folder = try TemporaryFolder("backup")
            try await system.create("x", spots: 1)
            try await system.accept(1, "x")
            try await system.waitUntil("it is confirmed") { system.statuses(of: 1) == [.confirmed] }
            await system.application.kill()
            let relative = try await system.application.run("backup", folder.path + "/deep/../below")
            #expect(relative.exitCode == 0 && relative.lines.count == 2, "\(relative)")
            let below = folder.url.appending(path: "below")
            #expect(try files(in: below).count == 4)
            try FileManager.default.removeItem(at: below.appending(path: "application-p01.sqlite"))
            let before = try files(in: system.data)
            let refused = try await system.application.run("restore", below.path)
            #expect(refused.exitCode == 1 && refused.lines == [], "\(refused)")
            #expect(refused.stderr.contains("there is no"))
            #expect(try files(in: system.data) == before)
            for words in [["backup"], ["restore"], ["backup", "a", "b"], ["backup", ""], ["restore", ""]] {
                #expect(try await system.application.run(words).exitCode == 64, "\(words)")
            }
            try await system.application.start()
            try await system.application.waitUntilReady()
        }
    }

    @Test func `a backup of nothing is an error`() async throws {
        try await TestSystem.run(services: []) { system in
            let folder = try TemporaryFolder("backup")
            let refused = try await system.application.run("backup", folder.path)
            #expect(refused.exitCode == 1 && refused.lines == [])
            #expect(refused.stderr.contains("application-p00.sqlite to back up"))
        }
    }

    @Test func `a damaged file ends the start with one line that says what to do`() async throws {
        try await TestSystem.run { system in
            try await system.create("x", spots: 1)
            try await system.quiesce()
            #expect(try await system.application.stop() == 0)
            let file = try FileHandle(forUpdating: system.data.appending(path: "application-p00.sqlite"))
            try file.seek(toOffset: 4096)
            try file.write(contentsOf: Data(repeating: 0x5A, count: 4096))
            try file.close()
            try await system.application.start()
            #expect(try await system.application.waitForExit() == 74)
            let lines = system.application.errorLines
            #expect(lines.count == 1)
            #expect(lines.first?.contains("application-p00.sqlite is damaged") == true)
            #expect(lines.first?.contains("`restore DIR`") == true)
            let backup = try await system.application.run("backup", system.data.path + "/backup")
            #expect(backup.exitCode == 74 && backup.stderr.contains("is damaged"), "\(backup)")
        }
    }

    /// Each file is the old one or the backup, whole, and a second attempt succeeds.
    @Test func `a restore that is killed at any step leaves whole files, and can be repeated`() async throws {
        try await TestSystem.run(partitions: 2, services: [.application]) { system in
            let service = system.application
            let backup = try TemporaryFolder("backup")
            let before = try TemporaryFolder("before")
            let library = try await FaultLibrary.compile("killed_in_io", into: backup.url)
            try await system.quiesce()
            #expect(try await service.run("backup", backup.path).exitCode == 0)
            try await system.create("later-1", spots: 1)
            try await system.create("later-2", spots: 1)
            try await system.quiesce()
            // Killed, so that there are logs to be put into the files.
            await service.kill()
            try copyFiles(from: system.data, to: before.url)
            let old = try await accepted(service)
            var restored: [String: String] = [:]
            var steps = 0
            while restored.isEmpty {
                steps += 1
                try copyFiles(from: before.url, to: system.data)
                let killed = try await service.run(
                    ["restore", backup.path], settings: ["LD_PRELOAD": library.path, "KILL_AT": "\(steps)"])
                let after = try await accepted(service)
                if killed.exitCode == 0 {
                    restored = after
                } else {
                    #expect(killed.exitCode == 128 + SIGKILL, "\(killed)")
                    #expect(after.keys == old.keys, "step \(steps)")
                    let again = try await service.run("restore", backup.path)
                    #expect(again.exitCode == 0, "step \(steps): \(again)")
                    let repeated = try await accepted(service)
                    for (partition, count) in after {
                        let isWhole = [old[partition], repeated[partition]].contains(count)
                        #expect(isWhole, "\(partition) at step \(steps)")
                    }
                }
            }
            #expect(steps > 8, "two files are synced, linked and moved")
            for (partition, count) in restored { #expect(count != old[partition], "\(partition)") }
        }
    }

    /// How many messages each partition has accepted, as its file says.
    private func accepted(_ service: ServiceProcess) async throws -> [String: String] {
        struct Line: Decodable {
            let counter: String
            let value: String
            let partition: String
        }
        return try await service.items("counters", as: Line.self).reduce(into: [:]) {
            if $1.counter == "accepted" { $0[$1.partition] = $1.value }
        }
    }

    /// Replaces what is there.
    private func copyFiles(from source: URL, to target: URL) throws {
        for folder in [source, target] {
            for name in try files(in: folder) where name.hasPrefix("application-p0") && !name.hasSuffix(".sock") {
                let there = target.appending(path: name)
                if folder == target {
                    if !FileManager.default.fileExists(atPath: source.appending(path: name).path) {
                        try FileManager.default.removeItem(at: there)
                    }
                } else {
                    if FileManager.default.fileExists(atPath: there.path) {
                        try FileManager.default.removeItem(at: there)
                    }
                    try FileManager.default.copyItem(at: source.appending(path: name), to: there)
                }
            }
        }
    }
}

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
}

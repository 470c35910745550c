import Contracts
import Foundation
import Ledger
import TestSupport
import Testing

@testable import ServiceKit

/// The processes that share a data folder know each other (contract section 9).
@Suite struct ProcessFolderTests {
    private func join(_ folder: TemporaryFolder, name: String? = nil) throws -> ProcessFolder {
        try ProcessFolder(of: .waitlist, in: folder.path, name: name)
    }

    private func record(_ name: String, beat: Int = 0, owned: [ProcessRecord.Owned] = []) -> ProcessRecord {
        ProcessRecord(process: name, partitions: 8, isAutomatic: true, owned: owned, beat: beat)
    }

    private func records(_ folder: TemporaryFolder) -> [ProcessRecord] {
        ProcessFolder.records(in: ProcessFolder.path(of: .waitlist, in: folder.path))
    }

    @Test func `without a name a process has the host's, with a number from the second on`() throws {
        let folder = try TemporaryFolder("processes")
        let host = ProcessName(host: HostName.current ?? "").text
        let first = try join(folder)
        let second = try join(folder)
        #expect(first.name == host && second.name == "\(host)-2")
        first.leave()
        #expect(try join(folder).name == host)
        second.leave()
    }

    @Test func `two processes cannot have the same name`() throws {
        let folder = try TemporaryFolder("processes")
        let first = try join(folder, name: "anna")
        let error = #expect(throws: LedgerError.self) { try join(folder, name: "anna") }
        #expect(error?.code == .locked && error?.description.contains("anna") == true)
        first.leave()
        try join(folder, name: "anna").leave()
    }

    @Test func `a process sees what the others own, until they leave`() throws {
        let folder = try TemporaryFolder("processes")
        let anna = try join(folder, name: "anna")
        let berta = try join(folder, name: "berta")
        #expect(anna.others().isEmpty, "berta has not said anything yet")
        let owned = [ProcessRecord.Owned(partition: "p03", state: .serving, since: 1_795_253_400_000)]
        berta.write(record("berta", owned: owned))
        anna.write(record("anna"))
        #expect(anna.others().map(\.record) == [record("berta", owned: owned)])
        #expect(berta.others().map(\.record.process) == ["anna"])
        #expect(anna.others()[0].record.claims(Partition(number: 3)))
        #expect(!anna.others()[0].record.claims(Partition(number: 4)))
        berta.leave()
        #expect(anna.others().isEmpty)
        #expect(records(folder).map(\.process) == ["anna"])
        anna.leave()
        #expect(!FileManager.default.fileExists(atPath: ProcessFolder.path(of: .waitlist, in: folder.path)))
        try join(folder, name: "clara").leave()
    }

    @Test func `a process whose record stands still is paused, and one that writes again is not`() throws {
        let folder = try TemporaryFolder("processes")
        let anna = try join(folder, name: "anna")
        let berta = try join(folder, name: "berta")
        berta.write(record("berta", beat: 1))
        let start = ContinuousClock.now
        func isPaused(after time: Duration) -> Bool? { anna.others(at: start + time).first?.isPaused }
        #expect(isPaused(after: .zero) == false)
        #expect(isPaused(after: ProcessFolder.pauseLimit - .seconds(1)) == false)
        #expect(isPaused(after: ProcessFolder.pauseLimit) == true)
        berta.write(record("berta", beat: 2))
        #expect(isPaused(after: ProcessFolder.pauseLimit + .seconds(1)) == false)
        #expect(isPaused(after: ProcessFolder.pauseLimit * 2 + .seconds(1)) == true)
        for process in [anna, berta] { process.leave() }
    }

    @Test func `what a process that died has left is ignored, and removed by the next one`() throws {
        let folder = try TemporaryFolder("processes")
        let path = ProcessFolder.path(of: .waitlist, in: folder.path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for file in ["dead.json", "unreadable.json", "dead.lock"] {
            let text = file == "dead.json" ? try JSONEncoder().encode(record("dead")) : Data()
            try text.write(to: URL(filePath: "\(path)/\(file)"))
        }
        #expect(records(folder).isEmpty)
        let anna = try join(folder, name: "anna")
        #expect(anna.others().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["anna.lock"])
        anna.leave()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: [
        ("host", "host"), ("My.Host-1_a", "My.Host-1_a"), ("..x", "x"), ("a b/c", "a-b-c"), ("", "host"),
        ("имя", "---"),
        (String(repeating: "a", count: 200), String(repeating: "a", count: 59)),
    ])
    func `a host's name becomes the name of a process`(host: String, name: String) {
        #expect(ProcessName(host: host).text == name)
        #expect(ProcessName(name)?.text == name)
    }

    @Test(arguments: ["", ".", "..", ".a", "a/b", "a b", "я", "a\n", String(repeating: "a", count: 65)])
    func `a name that is no name of a file is refused`(text: String) {
        #expect(ProcessName(text) == nil)
    }
}

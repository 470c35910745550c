import Foundation
import Fuzzing

/// Starts workers and watches them: a worker that dies, hangs or uses too much memory has found something. Findings are
/// shrunk and printed with the command that repeats them.
final class Supervisor {
    /// The maximum wall-clock time for one input, long enough for a busy machine.
    private static let hangTimeout: Duration = .seconds(30)
    /// The maximum resident size of a worker, in bytes. It holds the corpus, and stays far below this for an hour.
    private static let maxResidentSize = 768 << 20
    /// A reader that crashes this often is left out, so that the others are still fuzzed.
    private static let maxCrashes = 3

    private let options: Options
    private let folder: URL
    private var readers: [FuzzedReader]
    private var findings: Set<[String]> = []
    private var crashes: [String: Int] = [:]
    /// The number of inputs that workers checked before they ended.
    private var checked = 0

    init(_ options: Options) throws {
        self.options = options
        readers = options.readers
        folder = FileManager.default.temporaryDirectory.appending(
            path: "fuzz-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// - Returns: the exit code.
    func run() throws -> Int32 {
        defer { try? FileManager.default.removeItem(at: folder) }
        print(
            "seed \(options.seed), \(options.minutes) minutes, readers \(readers.map(\.name).joined(separator: ", "))")
        let start = ContinuousClock.now
        let end = start + .seconds(options.minutes * 60)
        var seed = options.seed
        while ContinuousClock.now < end, !readers.isEmpty {
            try runWorker(seed: seed, from: start, until: end)
            seed += 1
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print(
            "\(checked) inputs in \(Int(seconds)) s, \(Int(Double(checked) / max(1, seconds)))/s, "
                + "\(findings.count) findings, seed \(options.seed)")
        return findings.isEmpty ? 0 : 1
    }

    /// Runs one worker from start to end.
    private func runWorker(
        seed: UInt64, from start: ContinuousClock.Instant, until end: ContinuousClock.Instant
    ) throws {
        let workerFolder = folder.appending(path: "\(seed)")
        try FileManager.default.createDirectory(at: workerFolder, withIntermediateDirectories: true)
        let journal = try Journal(in: workerFolder)
        defer { journal.close() }
        let names = readers.map(\.name).joined(separator: ",")
        let worker = try ChildProcess(["--worker", workerFolder.path, "--seed", "\(seed)", "--reader", names])
        defer { worker.kill() }
        var progress = (count: UInt64.max, at: ContinuousClock.now)
        var reported = ContinuousClock.now
        while worker.isRunning, ContinuousClock.now < end {
            worker.waitForEnd(within: 0.1)
            for finding in try journal.takeFindings() { try report(finding, isShrunk: true) }
            let now = ContinuousClock.now
            if let entry = journal.last(of: readers), entry.count != progress.count { progress = (entry.count, now) }
            if now - progress.at > Self.hangTimeout {
                try stop(worker, journal, Violation("hangs"))
            } else if worker.residentSize > Self.maxResidentSize {
                try stop(worker, journal, Violation("memory grows without bound"))
            } else if now - reported > .seconds(10) {
                reported = now
                printProgress(journal, since: start)
            }
        }
        if worker.isRunning {
            worker.kill()
        } else if case .signal(let signal) = worker.termination, signal != SIGKILL {
            try crashed(journal, Violation("ends the process with signal \(signal)"))
        } else if case .exit(let code) = worker.termination {
            throw UsageError("the worker exited with \(code)")
        }
        for finding in try journal.takeFindings() { try report(finding, isShrunk: true) }
        printProgress(journal, since: start)
        if let counts = journal.statistics?.split(separator: "\n").last { print("  \(counts)") }
        checked += Int(journal.last(of: readers)?.count ?? 0)
        readers.removeAll { crashes[$0.name, default: 0] >= Self.maxCrashes }
    }

    private func stop(_ worker: ChildProcess, _ journal: Journal, _ violation: Violation) throws {
        worker.kill()
        try crashed(journal, violation)
    }

    private func crashed(_ journal: Journal, _ violation: Violation) throws {
        guard let entry = journal.last(of: readers) else { throw UsageError("the worker left no journal") }
        crashes[entry.reader, default: 0] += 1
        try report(Campaign.Finding(reader: entry.reader, input: entry.input, violation: violation))
    }

    // MARK: - Output

    private func printProgress(_ journal: Journal, since start: ContinuousClock.Instant) {
        guard let lines = journal.statistics?.split(separator: "\n"), lines.count == 3, let count = Int(lines[0]) else {
            return
        }
        let seconds = max(1, (ContinuousClock.now - start) / .seconds(1))
        print(
            "\(Int(seconds)) s: \(checked + count) inputs, \(Int(Double(checked + count) / seconds))/s, corpus "
                + "\(lines[1]), \(findings.count) findings")
    }

    /// - Parameter isShrunk: whether the worker has shrunk the input, which it cannot do after a crash.
    private func report(_ finding: Campaign.Finding, isShrunk: Bool = false) throws {
        guard findings.insert([finding.reader, finding.violation.description]).inserted else { return }
        print("FOUND in \(finding.reader): \(finding.violation)")
        let outcome = outcome(of: finding.input, in: finding.reader)
        let input =
            outcome == .passed || isShrunk
            ? finding.input
            : Shrinker.shrink(finding.input, tries: 600) { self.outcome(of: $0, in: finding.reader) == outcome }
        if outcome == .passed { print("  not reproducible alone: it depends on the inputs before it") }
        let excerpt = String(String(decoding: input.prefix(200), as: UTF8.self).map { printable($0) })
        print("  \(input.count) bytes: \(excerpt)")
        if input.count <= 1_000 {
            print("  deploy/fuzz --reader \(finding.reader) --input \(input.hexadecimal)")
        } else {
            let file = FileManager.default.temporaryDirectory.appending(
                path: "fuzz-\(finding.reader)-\(ProcessInfo.processInfo.processIdentifier)-\(findings.count)")
            try Data(input).write(to: file)
            print("  deploy/fuzz --reader \(finding.reader) --file \(file.path)")
        }
    }

    /// Without a buffer, so that the line appears at once also in a file or a pipe.
    private func print(_ line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
    }

    private func printable(_ character: Character) -> Character {
        character.isASCII && character.asciiValue.map { $0 >= 0x20 && $0 < 0x7f } == true ? character : "·"
    }

    // MARK: - One input

    private enum Outcome: Equatable {
        case passed
        case violation(String)
        case signal(Int32)
        case hang
    }

    /// Checks one input in a process of its own, as the printed command does.
    private func outcome(of input: [UInt8], in reader: String) -> Outcome {
        let file = folder.appending(path: "input")
        let output = folder.appending(path: "output")
        guard (try? Data(input).write(to: file)) != nil,
            FileManager.default.createFile(atPath: output.path, contents: nil),
            let handle = try? FileHandle(forWritingTo: output),
            let child = try? ChildProcess(["--reader", reader, "--file", file.path], output: handle)
        else { return .passed }
        child.waitForEnd(within: Self.hangTimeout / .seconds(1))
        if child.isRunning {
            child.kill()
            return .hang
        }
        if case .signal(let signal) = child.termination { return .signal(signal) }
        guard case .exit(Fuzz.violationExitCode) = child.termination else { return .passed }
        return .violation((try? String(contentsOf: output, encoding: .utf8)) ?? "")
    }
}

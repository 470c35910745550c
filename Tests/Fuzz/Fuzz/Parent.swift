import Foundation
import Fuzzing

/// Starts children and watches them: one that dies, hangs or swells has found something. What is found is shrunk and
/// told with what repeats it.
final class Parent {
    /// On any input, in time of the clock on the wall: a machine may be busy, but not so busy.
    private static let patience: Duration = .seconds(30)
    /// Of one child, however long it runs. It holds its corpus, and is far below this after an hour.
    private static let mostResident = 768 << 20
    /// A reader that ends its process again and again is left out, so that the others have their turn.
    private static let mostTraps = 3

    private let options: Options
    private let folder: URL
    private var subjects: [Subject]
    private var findings: Set<[String]> = []
    private var traps: [String: Int] = [:]
    /// Of children that have ended.
    private var judged = 0

    init(_ options: Options) throws {
        self.options = options
        subjects = options.subjects
        folder = FileManager.default.temporaryDirectory.appending(
            path: "fuzz-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// - Returns: the exit code.
    func run() throws -> Int32 {
        defer { try? FileManager.default.removeItem(at: folder) }
        say("seed \(options.seed), \(options.minutes) minutes, readers \(subjects.map(\.name).joined(separator: ", "))")
        let start = ContinuousClock.now
        let end = start + .seconds(options.minutes * 60)
        var seed = options.seed
        while ContinuousClock.now < end, !subjects.isEmpty {
            try watch(seed: seed, from: start, until: end)
            seed += 1
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        say(
            "\(judged) inputs in \(Int(seconds)) s, \(Int(Double(judged) / max(1, seconds)))/s, "
                + "\(findings.count) findings, seed \(options.seed)")
        return findings.isEmpty ? 0 : 1
    }

    /// One child, from its start to its end.
    private func watch(seed: UInt64, from start: ContinuousClock.Instant, until end: ContinuousClock.Instant) throws {
        let home = folder.appending(path: "\(seed)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let journal = try Journal(in: home)
        defer { journal.close() }
        let child = try Offspring(["--child", home.path, "--seed", "\(seed)", "--reader", names])
        defer { child.end() }
        var moved = (count: UInt64.max, at: ContinuousClock.now)
        var told = ContinuousClock.now
        while child.isRunning, ContinuousClock.now < end {
            child.waitForEnd(within: 0.1)
            for finding in try journal.takeFindings() { try tell(finding, isSmall: true) }
            let now = ContinuousClock.now
            if let entry = journal.last(of: subjects), entry.count != moved.count { moved = (entry.count, now) }
            if now - moved.at > Self.patience {
                try stop(child, journal, Flaw("it does not come to its end"))
            } else if child.resident > Self.mostResident {
                try stop(child, journal, Flaw("memory grows without bound"))
            } else if now - told > .seconds(10) {
                told = now
                report(journal, since: start)
            }
        }
        if child.isRunning {
            child.end()
        } else if case .signal(let signal) = child.ending, signal != SIGKILL {
            try ended(journal, Flaw("it ends the process with signal \(signal)"))
        } else if case .exit(let code) = child.ending {
            throw Wrong("the child has ended by itself with \(code)")
        }
        for finding in try journal.takeFindings() { try tell(finding, isSmall: true) }
        report(journal, since: start)
        if let counts = journal.figures?.split(separator: "\n").last { say("  \(counts)") }
        judged += Int(journal.last(of: subjects)?.count ?? 0)
        subjects.removeAll { traps[$0.name, default: 0] >= Self.mostTraps }
    }

    private func stop(_ child: Offspring, _ journal: Journal, _ flaw: Flaw) throws {
        child.end()
        try ended(journal, flaw)
    }

    private func ended(_ journal: Journal, _ flaw: Flaw) throws {
        guard let entry = journal.last(of: subjects) else { throw Wrong("the child has left nothing") }
        traps[entry.subject, default: 0] += 1
        try tell(Campaign.Finding(subject: entry.subject, input: entry.input, flaw: flaw))
    }

    // MARK: - Telling

    private func report(_ journal: Journal, since start: ContinuousClock.Instant) {
        guard let lines = journal.figures?.split(separator: "\n"), lines.count == 3, let count = Int(lines[0]) else {
            return
        }
        let seconds = max(1, (ContinuousClock.now - start) / .seconds(1))
        say(
            "\(Int(seconds)) s: \(judged + count) inputs, \(Int(Double(judged + count) / seconds))/s, corpus "
                + "\(lines[1]), \(findings.count) findings")
    }

    /// - Parameter isSmall: whether the child has shrunk it, which one that died could not.
    private func tell(_ finding: Campaign.Finding, isSmall: Bool = false) throws {
        guard findings.insert([finding.subject, finding.flaw.description]).inserted else { return }
        say("FOUND in \(finding.subject): \(finding.flaw)")
        let outcome = outcome(of: finding.input, in: finding.subject)
        let input =
            outcome == .well || isSmall
            ? finding.input
            : Shrinker.shrink(finding.input, tries: 600) { self.outcome(of: $0, in: finding.subject) == outcome }
        if outcome == .well { say("  not alone: it takes the inputs before it, too") }
        say("  \(input.count) bytes: \(String(String(decoding: input.prefix(200), as: UTF8.self).map { shown($0) }))")
        if input.count <= 1_000 {
            say("  deploy/fuzz --reader \(finding.subject) --input \(input.hexadecimal)")
        } else {
            let file = FileManager.default.temporaryDirectory.appending(
                path: "fuzz-\(finding.subject)-\(ProcessInfo.processInfo.processIdentifier)-\(findings.count)")
            try Data(input).write(to: file)
            say("  deploy/fuzz --reader \(finding.subject) --file \(file.path)")
        }
    }

    /// At once, also where nobody reads along.
    private func say(_ line: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
    }

    private func shown(_ character: Character) -> Character {
        character.isASCII && character.asciiValue.map { $0 >= 0x20 && $0 < 0x7f } == true ? character : "·"
    }

    // MARK: - One input

    private enum Outcome: Equatable {
        case well
        case flaw(String)
        case signal(Int32)
        case hang
    }

    /// In a process of its own, as a reproducer does it.
    private func outcome(of input: [UInt8], in subject: String) -> Outcome {
        let file = folder.appending(path: "input")
        let output = folder.appending(path: "output")
        guard (try? Data(input).write(to: file)) != nil,
            FileManager.default.createFile(atPath: output.path, contents: nil),
            let handle = try? FileHandle(forWritingTo: output),
            let child = try? Offspring(["--reader", subject, "--file", file.path], output: handle)
        else { return .well }
        child.waitForEnd(within: Self.patience / .seconds(1))
        if child.isRunning {
            child.end()
            return .hang
        }
        if case .signal(let signal) = child.ending { return .signal(signal) }
        guard case .exit(Fuzz.flawed) = child.ending else { return .well }
        return .flaw((try? String(contentsOf: output, encoding: .utf8)) ?? "")
    }

    // MARK: - Processes

    private var names: String { subjects.map(\.name).joined(separator: ",") }
}

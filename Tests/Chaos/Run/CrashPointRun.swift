import ChaosHistory
import Contracts
import Foundation
import SeededRandom
import TestSupport

/// For every pair of services and every pair of crash points: crashes both services under a load that reaches both
/// points. Each is restarted as soon as it is dead, so that one recovers while the other crashes. Many pairs share a
/// stage, and their history is checked as a whole.
struct CrashPointRun {
    let broker: ThrowawayBroker
    let options: Options

    /// The number of pairs in one history: enough to be cheap, few enough to find the pair that caused a violation.
    private static let chapterSize = 16

    private struct Crash {
        let service: ServiceName
        let point: String
    }

    private struct Pair {
        let first: Crash
        let second: Crash
        var needsJobs: Bool { [first, second].contains { $0.point == Fault.workStep } }
        var text: String {
            "\(first.service.rawValue) \(first.point), \(second.service.rawValue) \(second.point)"
        }
    }

    func run() async throws -> Bool {
        var random = SeededGenerator(seed: options.seed)
        // Pairs that need jobs come last, together: their long list is built once per chapter.
        let pairs = Self.pairs.shuffled(using: &random).sorted { !$0.needsJobs && $1.needsJobs }
        var isCorrect = true
        for start in stride(from: 0, to: pairs.count, by: Self.chapterSize) {
            let chapter = Array(pairs[start..<min(start + Self.chapterSize, pairs.count)])
            printLine("pairs \(start + 1) to \(start + chapter.count) of \(pairs.count)")
            let history = try await ChaosStage.open(on: broker, under: Conditions(), keep: options.keep) { stage in
                try await run(chapter, on: stage, seed: options.seed &+ UInt64(start))
            }
            let violations = Checker.violations(in: history)
            Report(history: history, violations: violations, injected: [:], command: options.command).write()
            isCorrect = isCorrect && violations.isEmpty
        }
        return isCorrect
    }

    private static var pairs: [Pair] {
        let services = ServiceName.allCases
        let points = Fault.points + [Fault.workStep]
        return services.indices.flatMap { index in
            services[(index + 1)...].flatMap { other in
                points.flatMap { first in
                    points.map { second in
                        Pair(
                            first: Crash(service: services[index], point: first),
                            second: Crash(service: other, point: second))
                    }
                }
            }
        }
    }

    private func run(_ pairs: [Pair], on stage: ChaosStage, seed: UInt64) async throws -> History {
        stage.sample()
        var load = CrashPointLoad(seed: seed, begins: .now())
        if pairs.contains(where: \.needsJobs) {
            for command in load.longList() { try await stage.sendUntilConfirmed(command) }
            // Changes are jobs only after all volunteers are on the list.
            for reason in try await Quiescence(stage: stage).wait(within: .seconds(180)) {
                stage.runLog.report(Violation(.notQuiescent, reason))
            }
        }
        for pair in pairs {
            stage.runLog.note(pair.text)
            try await run(pair, on: stage, &load)
        }
        return try await RunCompletion(stage: stage, seed: seed, next: load.count).run(timeout: .seconds(180))
    }

    private func run(_ pair: Pair, on stage: ChaosStage, _ load: inout CrashPointLoad) async throws {
        var remaining = [pair.first, pair.second]
        for crash in remaining {
            let target = stage[crash.service]
            await target.kill()
            // Not always the first time the point is reached; jobs have few steps.
            let number = crash.point == Fault.workStep ? 1 : load.occurrence()
            try await target.process.start(["CRASH_POINT": "\(crash.point):\(number)"])
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while !remaining.isEmpty {
            guard ContinuousClock.now < deadline else {
                let text = "crash points not reached: \(remaining.map { "\($0.service.rawValue) \($0.point)" })"
                stage.runLog.report(Violation(.notQuiescent, text))
                for crash in remaining { await stage[crash.service].kill() }
                break
            }
            for command in load.round(withJobs: pair.needsJobs) { try await stage.sendUntilConfirmed(command) }
            // Commands need time to take effect, more if they start jobs.
            try await pauseUntil(.now + .milliseconds(pair.needsJobs ? 500 : 100))
            for (index, crash) in remaining.enumerated().reversed() {
                guard let code = stage[crash.service].process.exitCode else { continue }
                if code != 128 + SIGKILL {
                    let text = "\(crash.service.rawValue) exited with \(code) instead of crashing at \(crash.point)"
                    stage.runLog.report(Violation(.died, text))
                }
                try await stage[crash.service].start()
                remaining.remove(at: index)
            }
        }
        for crash in [pair.first, pair.second] where !stage[crash.service].process.isRunning {
            try await stage[crash.service].start()
        }
    }
}

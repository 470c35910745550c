import ChaosHistory
import Contracts
import Foundation
import SeededRandom
import TestSupport

/// Two services die, each at a crash point, for every pair of services and of points: under a load that takes both
/// there, each started again as soon as it is dead, so that one recovers while the other dies. Many pairs are played on
/// one arena, and then judged as one history.
struct PointsRun {
    let broker: ThrowawayBroker
    let options: Options

    /// So many pairs make a history: long enough to be cheap, short enough to find the one that did it.
    private static let chapter = 16

    private struct Death {
        let service: ServiceName
        let point: String
    }

    private struct Pair {
        let first: Death
        let second: Death
        var needsMasses: Bool { [first, second].contains { $0.point == Fault.workStep } }
        var text: String {
            "\(first.service.rawValue) \(first.point), \(second.service.rawValue) \(second.point)"
        }
    }

    func play() async throws -> Bool {
        var random = SeededGenerator(seed: options.seed)
        // Those that need long work together: their thousand are listed once a chapter.
        let pairs = Self.pairs.shuffled(using: &random).sorted { !$0.needsMasses && $1.needsMasses }
        var isWhole = true
        for start in stride(from: 0, to: pairs.count, by: Self.chapter) {
            let chapter = Array(pairs[start..<min(start + Self.chapter, pairs.count)])
            say("pairs \(start + 1) to \(start + chapter.count) of \(pairs.count)")
            let history = try await Arena.open(on: broker, under: Conditions(), keep: options.keep) { arena in
                try await play(chapter, on: arena, seed: options.seed &+ UInt64(start))
            }
            let objections = Checker.objections(to: history)
            Report(history: history, objections: objections, performed: [:], command: options.command).write()
            isWhole = isWhole && objections.isEmpty
        }
        return isWhole
    }

    private static var pairs: [Pair] {
        let services = ServiceName.allCases
        let points = Fault.points + [Fault.workStep]
        return services.indices.flatMap { index in
            services[(index + 1)...].flatMap { other in
                points.flatMap { first in
                    points.map { second in
                        Pair(
                            first: Death(service: services[index], point: first),
                            second: Death(service: other, point: second))
                    }
                }
            }
        }
    }

    private func play(_ pairs: [Pair], on arena: Arena, seed: UInt64) async throws -> History {
        arena.sample()
        var load = PointsLoad(seed: seed, begins: .now())
        if pairs.contains(where: \.needsMasses) {
            for command in load.masses() { try await arena.insist(command) }
            // Only when all of them wait is there long work.
            for reason in try await Rest(arena: arena).wait(within: .seconds(180)) {
                arena.chronicle.object(Objection(.notAtRest, reason))
            }
        }
        for pair in pairs {
            arena.chronicle.note(pair.text)
            try await play(pair, on: arena, &load)
        }
        return try await Finale(arena: arena, seed: seed, next: load.count).play(within: .seconds(180))
    }

    private func play(_ pair: Pair, on arena: Arena, _ load: inout PointsLoad) async throws {
        var alive = [pair.first, pair.second]
        for death in alive {
            let subject = arena[death.service]
            await subject.kill()
            // At random, not always at the first passing; long work has few steps.
            let number = death.point == Fault.workStep ? 1 : load.number()
            try await subject.process.start(["CRASH_POINT": "\(death.point):\(number)"])
        }
        let deadline = ContinuousClock.now + .seconds(60)
        while !alive.isEmpty {
            guard ContinuousClock.now < deadline else {
                let text = "\(alive.map { "\($0.service.rawValue) \($0.point)" }) was not reached"
                arena.chronicle.object(Objection(.notAtRest, text))
                for death in alive { await arena[death.service].kill() }
                break
            }
            for command in load.round(withMasses: pair.needsMasses) { try await arena.insist(command) }
            // What was said takes its time to get there, with masses more of it.
            try await pauseUntil(.now + .milliseconds(pair.needsMasses ? 500 : 100))
            for (index, death) in alive.enumerated().reversed() {
                guard let code = arena[death.service].process.exitCode else { continue }
                if code != 128 + SIGKILL {
                    let text = "\(death.service.rawValue) was to die at \(death.point) and ends with \(code)"
                    arena.chronicle.object(Objection(.died, text))
                }
                try await arena[death.service].start()
                alive.remove(at: index)
            }
        }
        for death in [pair.first, pair.second] where !arena[death.service].process.isRunning {
            try await arena[death.service].start()
        }
    }
}

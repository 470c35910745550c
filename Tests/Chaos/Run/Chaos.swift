import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// `deploy/chaos`: checks that nothing is lost, duplicated or overbooked, whatever fails.
@main
enum Chaos {
    static func main() async {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            exit(try await run(options) ? 0 : 1)
        } catch let error as ChaosError {
            FileHandle.standardError.write(Data("chaos: \(error.description)\n".utf8))
            exit(error.code)
        } catch {
            FileHandle.standardError.write(Data("chaos: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ options: Options) async throws -> Bool {
        guard let folder = ProcessInfo.processInfo.environment["CHAOS_BROKER"] else {
            throw ChaosError("call deploy/chaos, which provides a folder for the broker", code: 64)
        }
        let broker = try await ThrowawayBroker.start(in: URL(filePath: folder))
        if options.points {
            printLine("seed \(options.seed)")
            return try await CrashPointRun(broker: broker, options: options).run()
        }
        let conditions = Conditions(
            seed: options.seed, sharing: options.moves ? 1 : options.processes,
            moving: options.moves ? options.processes : 1)
        printLine("seed \(options.seed): \(conditions)")
        let (history, injected) = try await ChaosStage.open(on: broker, under: conditions, keep: options.keep) {
            stage in
            let plan = Plan(seed: options.seed, length: options.length, begins: .now(), conditions: conditions)
            let history = try await ChaosRun(stage: stage, plan: plan).run()
            return (history, stage.runLog.injected)
        }
        if let folder = options.keep {
            try Transcript(history).text.write(toFile: "\(folder)/messages.txt", atomically: true, encoding: .utf8)
        }
        let violations = Checker.violations(in: history)
        Report(history: history, violations: violations, injected: injected, command: options.command).write()
        return violations.isEmpty
    }
}

/// Prints a line without buffering, because a run may be killed.
func printLine(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

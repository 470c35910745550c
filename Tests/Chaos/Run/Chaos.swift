import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// `deploy/chaos`: whether anything is lost, doubled or overbooked, whatever fails.
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
            throw ChaosError("call deploy/chaos, which makes room for a broker", code: 64)
        }
        let broker = try await ThrowawayBroker.start(in: URL(filePath: folder))
        if options.points {
            say("seed \(options.seed)")
            return try await PointsRun(broker: broker, options: options).play()
        }
        let conditions = Conditions(seed: options.seed)
        say("seed \(options.seed): \(conditions)")
        let (history, performed) = try await Arena.open(on: broker, under: conditions, keep: options.keep) { arena in
            let plan = Plan(seed: options.seed, length: options.length, begins: .now())
            let history = try await Performance(arena: arena, plan: plan).play()
            return (history, arena.chronicle.performed)
        }
        let objections = Checker.objections(to: history)
        Report(history: history, objections: objections, performed: performed, command: options.command).write()
        return objections.isEmpty
    }
}

/// A line at once, also into a file: a run may be ended by force.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

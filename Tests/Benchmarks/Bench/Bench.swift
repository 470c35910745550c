import Foundation

/// `deploy/bench`: measures the services, each figure next to a reference from the same run.
@main
struct Bench: Sendable {
    private let name: String
    /// Its options in a run of all benchmarks, which takes less time, unless that is `--full`.
    private let brief: [String]
    private let run: @Sendable (Options) async throws -> [Figure]

    /// In the order of the table.
    private static let all = [
        Bench(name: "hop", brief: ["--messages", "50000"]) { try HopBenchmark($0).run() },
        Bench(name: "others", brief: ["--rounds", "2"]) { try OthersBenchmark($0).run() },
        Bench(name: "story", brief: ["--rounds", "1"]) { try StoryBenchmark($0).run() },
        Bench(name: "latency", brief: ["--rounds", "1"]) { try LatencyBenchmark($0).run() },
        Bench(name: "growth", brief: ["--rounds", "1"]) { try GrowthBenchmark($0).run() },
        Bench(name: "http", brief: ["--messages", "10000", "--rounds", "1"]) { try HTTPBenchmark($0).run() },
        Bench(name: "fair", brief: ["--brief"]) { try FairBenchmark($0).run() },
        Bench(name: "forwarded", brief: ["--messages", "1500", "--rounds", "1"]) { try ForwardedBenchmark($0).run() },
        Bench(name: "reminders", brief: ["--brief"]) { try ReminderBenchmark($0).run() },
        Bench(name: "callbacks", brief: []) { try await CallbackBenchmark($0).run() },
        Bench(name: "partitions", brief: ["--rounds", "1"]) { try PartitionBenchmark($0).run() },
        Bench(name: "processes", brief: ["--messages", "20000", "--rounds", "1"]) { try ProcessBenchmark($0).run() },
    ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let names = arguments.prefix { !$0.hasPrefix("--") }
        let options = Array(arguments[names.endIndex...])
        do {
            if names.isEmpty {
                guard options.isEmpty || options == ["--full"] else {
                    throw BenchError("options need the name of a benchmark; see deploy/bench --help", code: 64)
                }
                try await run(all.map { ($0, options.isEmpty ? $0.brief : options) })
            } else {
                let chosen = try names.map { name in
                    guard let bench = all.first(where: { $0.name == name }) else {
                        throw BenchError("there is no benchmark \(name); see deploy/bench --help", code: 64)
                    }
                    return bench
                }
                try await run(chosen.map { ($0, options) })
            }
        } catch {
            show(error)
            exit((error as? BenchError)?.code ?? 1)
        }
    }

    /// One after the other. One that fails is left out of the table.
    private static func run(_ benches: [(Bench, arguments: [String])]) async throws {
        // Wrong options are noticed before the first one begins.
        let benches = try benches.map { ($0, try Options($1)) }
        var figures: [Figure] = []
        var failed: [String] = []
        for (bench, options) in benches {
            if benches.count > 1 { print("\n\(bench.name)") }
            // Otherwise nothing would be seen before the end where the output is not a terminal.
            fflush(nil)
            do {
                try options.brokerHosts.empty()
                figures += try await bench.run(options)
            } catch {
                show(error)
                failed.append(bench.name)
            }
        }
        if !figures.isEmpty {
            let machine = try Machine(BenchBroker(), folder: NSTemporaryDirectory())
            print("\n\(Report(machine: machine, figures: figures))")
        }
        guard failed.isEmpty else { throw BenchError("failed: \(failed.joined(separator: ", "))") }
    }

    private static func show(_ error: any Error) {
        FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    let code: Int32

    init(_ description: String, code: Int32 = 1) {
        self.description = description
        self.code = code
    }
}

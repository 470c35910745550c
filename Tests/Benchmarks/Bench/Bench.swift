import Foundation

/// `deploy/bench`: measures the services, each figure next to a baseline from the same run.
@main
enum Bench {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "hop": try HopBenchmark(Options(arguments.dropFirst())).run()
            case "http": try HTTPBenchmark(Options(arguments.dropFirst())).run()
            case "fair": try FairBenchmark(Options(arguments.dropFirst())).run()
            case "forwarded": try ForwardedBenchmark(Options(arguments.dropFirst())).run()
            case "reminders": try ReminderBenchmark(Options(arguments.dropFirst())).run()
            case "partitions": try PartitionBenchmark(Options(arguments.dropFirst())).run()
            case "callbacks": try await CallbackBenchmark(Options(arguments.dropFirst())).run()
            case "processes": try ProcessBenchmark(Options(arguments.dropFirst())).run()
            default:
                throw BenchError(
                    "usage: deploy/bench hop [--messages N] [--rounds N] [--memory], "
                        + "deploy/bench http [--messages N] [--rounds N] [--connections N] "
                        + "[--only commands|crowded|polls|reads] [--rate N], "
                        + "deploy/bench fair [--messages N] [--rate N] [--resync], deploy/bench reminders, "
                        + "deploy/bench callbacks [--messages N], "
                        + "deploy/bench forwarded [--messages N] [--rounds N] [--rate N], "
                        + "deploy/bench partitions [--rounds N], "
                        + "or deploy/bench processes [--messages N] [--rounds N]",
                    code: 64)
            }
        } catch let error as BenchError {
            FileHandle.standardError.write(Data("bench: \(error.description)\n".utf8))
            exit(error.code)
        } catch {
            FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
            exit(1)
        }
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

/// The options of `deploy/bench`, which sets the folders and the broker's URL in the environment.
struct Options {
    /// Messages per round; nil for the benchmark's default.
    var messages: Int?
    var rounds = 3
    /// The number of HTTP connections.
    var connections = 128
    /// The only workload to measure; nil for all.
    var only: Workload.Kind?
    /// Whether `fair` measures only a resync.
    var onlyResync = false
    /// Requests per second for the latency measurement; nil for the benchmark's default.
    var rate: Int?
    /// Run one long round of a million messages instead, to measure the memory of the service.
    var memory = false
    let binaries: String
    let broker: String

    init(_ arguments: some Sequence<String>) throws {
        var iterator = arguments.makeIterator()
        while let argument = iterator.next() {
            switch argument {
            case "--messages": messages = try Self.number(iterator.next(), argument)
            case "--rounds": rounds = try Self.number(iterator.next(), argument)
            case "--connections": connections = try Self.number(iterator.next(), argument)
            case "--resync": onlyResync = true
            case "--only":
                only = iterator.next().flatMap(Workload.Kind.init)
                guard only != nil else {
                    let kinds = Workload.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                    throw BenchError("--only takes one of \(kinds)", code: 64)
                }
            case "--rate": rate = try Self.number(iterator.next(), argument)
            case "--memory": memory = true
            default: throw BenchError("unknown option \(argument)", code: 64)
            }
        }
        let environment = ProcessInfo.processInfo.environment
        guard let binaries = environment["BENCH_BINARIES"], let broker = environment["BENCH_BROKER"] else {
            throw BenchError("run deploy/bench, which starts the broker", code: 64)
        }
        self.binaries = binaries
        self.broker = broker
    }

    private static func number(_ text: String?, _ option: String) throws -> Int {
        guard let number = text.flatMap({ Int($0) }), number > 0 else {
            throw BenchError("\(option) takes a positive number", code: 64)
        }
        return number
    }
}

import Foundation

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
    /// How many responses `growth` stores; nil for the benchmark's default.
    var stored: Int?
    /// Only what belongs in the table of all benchmarks.
    var isBrief = false
    /// Also what takes many minutes.
    var isFull = false
    let binaries: String
    let broker: String
    let brokerHosts: BenchBroker

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
            case "--stored": stored = try Self.number(iterator.next(), argument)
            case "--memory": memory = true
            case "--brief": isBrief = true
            case "--full": isFull = true
            default: throw BenchError("unknown option \(argument); see deploy/bench --help", code: 64)
            }
        }
        guard let binaries = ProcessInfo.processInfo.environment["BENCH_BINARIES"] else {
            throw BenchError("run deploy/bench, which builds the services", code: 64)
        }
        self.binaries = binaries
        brokerHosts = try BenchBroker()
        broker = brokerHosts.url
    }

    private static func number(_ text: String?, _ option: String) throws -> Int {
        guard let number = text.flatMap({ Int($0) }), number > 0 else {
            throw BenchError("\(option) takes a positive number", code: 64)
        }
        return number
    }
}

import Foundation

/// The throwaway broker of `deploy/bench`, which all benchmarks of a run share, one after the other.
struct BenchBroker {
    /// Its AMQP URL, with the virtual host `/`.
    let url: String
    /// The path of `deploy/broker`.
    private let script: String
    private let folder: String

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let url = environment["BENCH_BROKER"], let script = environment["BENCH_BROKER_SCRIPT"],
            let folder = environment["BENCH_BROKER_FOLDER"]
        else { throw BenchError("run deploy/bench, which starts the broker", code: 64) }
        self.url = url
        self.script = script
        self.folder = folder
    }

    /// Removes everything that earlier benchmarks have left: queues, bindings, messages.
    func empty() throws {
        for host in ["/", Self.referenceHost] {
            _ = try run("eval", #"catch rabbit_vhost:delete(<<"\#(host)">>, <<"bench">>), ok."#)
        }
        _ = try run("vhost", "/")
    }

    /// Adds a virtual host for a second service of the same kind, which is the reference.
    /// - Returns: its AMQP URL.
    func addReferenceHost() throws -> String { try run("vhost", Self.referenceHost) }

    /// For example `3.10.8`.
    func version() throws -> String {
        // The answer is in quotes.
        try run("eval", "rabbit_misc:version().").filter { $0.isNumber || $0 == "." }
    }

    private static let referenceHost = "reference"

    private func run(_ command: String, _ argument: String) throws -> String {
        try Program.output(of: script, [command, folder, argument], environment: [:])
    }
}

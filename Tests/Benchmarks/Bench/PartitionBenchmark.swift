import Foundation

/// What partitions cost a process, and how long they are not served when processes join, stop and die.
struct PartitionBenchmark {
    private let options: Options
    private let folder: String
    private static let counts = [1, 8, 32]
    /// `PARTITIONS` of the processes that divide them.
    private static let divided = 8

    init(_ options: Options) throws {
        self.options = options
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try Self.counts.map(measureProcess) + measureDivision()
    }

    // MARK: - One process

    private func measureProcess(_ count: Int) throws -> Figure {
        var starts: [Double] = []
        var memory = 0
        var idle = 0.0
        // The first start makes queues and files.
        for round in 0...options.rounds {
            let (service, seconds) = try start("ApplicationService", partitions: count)
            starts.append(seconds)
            if round == options.rounds {
                Thread.sleep(forTimeInterval: 3)
                (_, idle) = service.cost { Thread.sleep(forTimeInterval: 5) }
                memory = service.memory
            }
            service.stop()
        }
        return .plain(
            "partitions: \(count) in one process, first start, later starts, memory, idle",
            "\(text(starts[0])) s, \(text(Measure.median(Array(starts.dropFirst())))) s, \(memory) MB, "
                + "\((idle / 5 * 100).rounded(to: 1)) % of a core")
    }

    private func start(_ name: String, partitions: Int, process: String = "bench") throws -> (Program, Double) {
        let port = try Measure.freePort()
        let started = ContinuousClock.now
        let service = try Program(
            // The broker may have been used by an earlier run, whose files are gone.
            "\(options.binaries)/\(name)", ["--accept-empty"],
            environment: [
                "PARTITIONS": String(partitions), "PROCESS_NAME": process, "AMQP_URL": options.broker,
                "DATA_DIR": data(partitions), "HTTP_PORT": String(port), "ADMIN_PORT": "0",
                // It warns that the queues of the other services, which do not run, are not there.
                "LOG_LEVEL": "error",
            ])
        try Measure.until("\(name) is ready", every: 0.005) {
            let request = HTTPRequestFactory().get("/readyz")
            return (try? HTTPLoad(port: port, connections: 1).run([request], expecting: 200)) != nil
        }
        return (service, (ContinuousClock.now - started) / .seconds(1))
    }

    // MARK: - Several processes

    private func measureDivision() throws -> [Figure] {
        let (first, _) = try start("WaitlistService", partitions: Self.divided, process: "first")
        defer { first.stop() }
        var joins: [Double] = []
        var stops: [Double] = []
        var deaths: [Double] = []
        for round in 0..<2 * options.rounds {
            let joined = ContinuousClock.now
            let (second, _) = try start("WaitlistService", partitions: Self.divided, process: "second")
            let halves = ["first": Self.divided / 2, "second": Self.divided / 2]
            joins.append(try seconds(since: joined, untilServed: halves))
            let ended = ContinuousClock.now
            if round.isMultiple(of: 2) { second.kill() } else { second.stop() }
            let time = try seconds(since: ended, untilServed: ["first": Self.divided])
            if round.isMultiple(of: 2) { deaths.append(time) } else { stops.append(time) }
        }
        return [("joins", joins), ("stops", stops), ("is killed", deaths)].map { what, times in
            .plain(
                "partitions: until all \(Self.divided) are served when a second process \(what)",
                "\(text(Measure.median(times))) s")
        }
    }

    /// - Parameter shares: the number of partitions by process.
    private func seconds(since start: ContinuousClock.Instant, untilServed shares: [String: Int]) throws -> Double {
        try Measure.until("shares of \(shares)", every: 0.01) {
            let service = "\(options.binaries)/WaitlistService"
            return try Program.partitionsServed(by: service, count: Self.divided, in: data(Self.divided)) == shares
        }
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func data(_ partitions: Int) -> String { "\(folder)/data-\(partitions)" }

    private func text(_ value: Double) -> String { value.rounded(to: 2) }
}

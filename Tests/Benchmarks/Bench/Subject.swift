import Foundation

/// One kind of request, measured at the door and at a bare route in turns.
struct Subject {
    /// What it is called, on the command line too.
    enum Kind: String, CaseIterable {
        case commands
        case crowded
        case polls
        case reads
    }

    private let kind: Kind
    private let status: Int
    private let bare: Program
    private let bareLoad: HTTPLoad
    /// Those that would have a machine of their own: they rest while the door is measured.
    private let elsewhere: [Program]
    /// So many requests, none of which was made under another name.
    private let make: (_ name: String, _ count: Int) -> [[UInt8]]

    private var rates: [Double] = []
    private var ratios: [Double] = []
    private var p50s: [Double] = []
    private var p99s: [Double] = []

    /// - Parameter answer: one of the door's, which the bare route gives too.
    init(
        _ kind: Kind, _ method: String, _ route: String, like answer: HTTPAnswer?, _ options: Options,
        elsewhere: [Program] = [], make: @escaping (_ name: String, _ count: Int) -> [[UInt8]]
    ) throws {
        guard let answer else { throw BenchError("the door gave no \(kind) to go by") }
        self.kind = kind
        self.elsewhere = elsewhere
        self.make = make
        status = answer.status
        let port = try Measure.freePort()
        bare = try Program(
            "\(options.binaries)/BareHTTP",
            [String(port), method, route, String(answer.status), answer.body]
                + answer.headers.flatMap { [$0.name, $0.value] })
        try Measure.until("the bare route listens") { (try? HTTPConnection(port: port)) != nil }
        bareLoad = HTTPLoad(port: port, connections: options.connections)
        _ = try bareLoad.run(make("bare warm-up", 2_000), expecting: status)
    }

    /// How many as fast as they are answered, and for commands as many again at `rate`, or at half of what was reached.
    mutating func measure(
        _ load: HTTPLoad, _ door: Program, round: Int, requests: Int, rate: Int?, settle: () throws -> Void
    ) throws {
        let all = make("\(kind)-\(round)", requests)
        let (bareRun, bareCost) = try bare.cost { try bareLoad.run(all, expecting: status) }
        let ((run, cost), machineCost) = try Program.pausing(elsewhere) {
            try Measure.machineCost { try door.cost { try load.run(all, expecting: status) } }
        }
        rates.append(run.perSecond)
        ratios.append(run.perSecond / bareRun.perSecond)
        let each = 1e6 / Double(requests)
        print(
            "round \(round): \(kind): \(Int(run.perSecond))/s, \(Int(cost * each)) µs of processor each, "
                + "\(Int(machineCost * each)) with broker and load; "
                + "bare route \(Int(bareRun.perSecond))/s, \(Int(bareCost * each)) µs; ratio \(ratios.last.brief)")
        guard status == 202 else { return }
        try settle()
        let rate = rate.map { Double($0) } ?? run.perSecond / 2
        let steady = make("\(kind)-\(round)-steady", requests)
        let bareSteady = try bareLoad.run(steady, expecting: status, perSecond: rate)
        let doorSteady = try Program.pausing(elsewhere) {
            try load.run(steady, expecting: status, perSecond: rate)
        }
        p50s.append(doorSteady.latency(0.5))
        p99s.append(doorSteady.latency(0.99))
        print(
            "  at \(Int(rate))/s, in ms: p50 \(p50s.last.brief), p99 \(p99s.last.brief); "
                + "bare route p50 \(bareSteady.latency(0.5).brief), p99 \(bareSteady.latency(0.99).brief)")
    }

    var summary: String {
        let rate = "\(kind) \(Int(Measure.median(rates)))/s, ratio \(Measure.median(ratios).brief)"
        if p50s.isEmpty { return rate }
        return rate
            + "; steadily p50 \(Measure.median(p50s).brief) ms, p99 \(Measure.median(p99s).brief) ms"
    }
}

extension Double {
    fileprivate var brief: String { String(format: "%.2f", self) }
}

extension Double? {
    fileprivate var brief: String { self?.brief ?? "none" }
}

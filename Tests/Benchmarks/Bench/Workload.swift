import Foundation

/// One kind of request, measured alternately with the service and with a bare route.
struct Workload {
    /// Also the names on the command line.
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
    /// Programs that would run on another machine: they are suspended while the service is measured.
    private let elsewhere: [Program]
    /// Makes `count` requests, which differ from those made with another name.
    private let make: (_ name: String, _ count: Int) -> [[UInt8]]

    private var rates: [Double] = []
    private var bareRates: [Double] = []
    private var costs: [Double] = []
    private var bareCosts: [Double] = []
    private var ratios: [Double] = []
    private var p50s: [Double] = []
    private var p99s: [Double] = []
    private var bareP50s: [Double] = []
    private var bareP99s: [Double] = []

    /// - Parameter answer: a response of the service, which the bare route returns too.
    init(
        _ kind: Kind, _ method: String, _ route: String, like answer: HTTPResponse?, _ options: Options,
        elsewhere: [Program] = [], make: @escaping (_ name: String, _ count: Int) -> [[UInt8]]
    ) throws {
        guard let answer else { throw BenchError("the service returned no response for \(kind)") }
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

    /// Sends all requests as fast as they are answered; for commands, sends the same number again at `rate`, or at
    /// half of the rate just reached.
    mutating func measure(
        _ load: HTTPLoad, _ service: Program, round: Int, requests: Int, rate: Int?, settle: () throws -> Void
    ) throws {
        let all = make("\(kind)-\(round)", requests)
        let (bareRun, bareCost) = try bare.cost { try bareLoad.run(all, expecting: status) }
        let ((run, cost), machineCost) = try Program.pausing(elsewhere) {
            try Measure.machineCost { try service.cost { try load.run(all, expecting: status) } }
        }
        rates.append(run.perSecond)
        bareRates.append(bareRun.perSecond)
        ratios.append(run.perSecond / bareRun.perSecond)
        let each = 1e6 / Double(requests)
        costs.append(cost * each)
        bareCosts.append(bareCost * each)
        print(
            "round \(round): \(kind): \(Int(run.perSecond))/s, \(Int(cost * each)) µs of CPU each, "
                + "\(Int(machineCost * each)) with broker and load; "
                + "bare route \(Int(bareRun.perSecond))/s, \(Int(bareCost * each)) µs; ratio \(ratios.last.brief)")
        guard status == 202 else { return }
        try settle()
        let rate = rate.map { Double($0) } ?? run.perSecond / 2
        let steady = make("\(kind)-\(round)-steady", requests)
        let bareSteady = try bareLoad.run(steady, expecting: status, perSecond: rate)
        let serviceSteady = try Program.pausing(elsewhere) {
            try load.run(steady, expecting: status, perSecond: rate)
        }
        p50s.append(serviceSteady.latency(0.5))
        p99s.append(serviceSteady.latency(0.99))
        bareP50s.append(bareSteady.latency(0.5))
        bareP99s.append(bareSteady.latency(0.99))
        print(
            "  at \(Int(rate))/s, in ms: p50 \(p50s.last.brief), p99 \(p99s.last.brief); "
                + "bare route p50 \(bareSteady.latency(0.5).brief), p99 \(bareSteady.latency(0.99).brief)")
    }

    /// Medians of all rounds, beside the bare route's.
    var figures: [Figure] {
        let cost = Measure.median(costs)
        let bareCost = Measure.median(bareCosts)
        var figures = [
            Figure.rate(
                "http: \(title); a bare route", Measure.median(rates), reference: Measure.median(bareRates),
                ratio: Measure.median(ratios)),
            Figure(
                name: "http: CPU of ApplicationService for each of them", value: "\(Int(cost)) µs",
                reference: "\(Int(bareCost)) µs", ratio: cost / bareCost),
        ]
        if !p50s.isEmpty {
            let bareP99 = Measure.median(bareP99s)
            figures.append(
                Figure(
                    name: "http: at half of that rate, p50 and p99",
                    value: "\(Measure.median(p50s).brief) and \(Measure.median(p99s).brief) ms",
                    reference: "\(Measure.median(bareP50s).brief) and \(bareP99.brief) ms",
                    ratio: Measure.median(p99s) / bareP99))
        }
        return figures
    }

    private var title: String {
        switch kind {
        case .commands: "commands, the other services on their own machines"
        case .crowded: "commands, all services on this machine"
        case .polls: "polls of operations"
        case .reads: "reads of applications"
        }
    }
}

extension Double {
    fileprivate var brief: String { rounded(to: 2) }
}

extension Double? {
    fileprivate var brief: String { self?.brief ?? "none" }
}

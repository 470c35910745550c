import Broker
import BrokerTesting
import Contracts
import Foundation

/// Whether work for many volunteers of one application delays the commands of others: while 100,000 are offered a spot,
/// told of a change or of a cancellation, or as many wait when WaitlistService loses its file, commands about other
/// applications are sent at a steady rate, by HTTP and as messages. The baseline is the same commands while there is
/// nothing else to do. The broker's confirms of the messages show how much of the delays is the broker's own.
struct FairBenchmark {
    private let options: Options
    private let waiting: Int
    private let rate: Int
    private let folder: String
    private let prefix = UUID().uuidString.prefix(8).lowercased()
    /// How many applications the commands of others concern, of each kind.
    private static let applications = 100
    /// How long commands are sent, in seconds. Only those before the end of the work count.
    private static let window = 15
    /// How long ApplicationService sleeps in the last measurement, in seconds.
    private static let sleep = 4.0

    init(_ options: Options) throws {
        self.options = options
        waiting = options.messages ?? 100_000
        rate = options.rate ?? 50
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        var services = try BenchServices(options, in: folder, session)
        defer { services.stop() }
        let requests = services.requests
        let load = HTTPLoad(port: services.port, connections: 32)
        _ = try load.run((0..<Self.applications).map(requests.create), expecting: 202)
        let programs = [services.application, services.waitlist, services.notifier]
        let costs = try prepare(session, programs)
        let observer = try FairObserver(url: options.broker)
        defer { observer.stop() }

        var figures: [Figure] = []
        var usual: FairCommands.Answers?
        func measure(
            _ name: String, tellsAll: Bool = true, isCovered: Bool = false, _ begin: () throws -> Void
        ) throws {
            if options.onlyResync, !isCovered, usual != nil { return }
            _ = try session.purge(Exchange.notifications)
            let commands = FairCommands(
                run: "\(prefix)-\(name.filter { $0.isLetter })", rate: rate, seconds: Self.window,
                applications: Self.applications, fullApplication: { [prefix] in "\(prefix)-full-\($0)" })
            let before = observer.count(of: .notified)
            let start = Measure.nanoseconds
            let sending = commands.send(to: load, requests, broker: options.broker, from: start)
            try begin()
            var end = start + Self.window * 1_000_000_000
            if tellsAll {
                try Measure.until("all volunteers are told", within: 120, every: 0.02) {
                    try session.messageCount(Exchange.notifications) - (observer.count(of: .notified) - before)
                        >= waiting
                }
                end = Measure.nanoseconds
            }
            let sent = try sending.value()
            if isCovered {
                try Measure.until("the users of others are told", within: 600, every: 0.02) {
                    observer.count(of: .notified) - before >= sent.messages.count
                }
                end = max(end, Measure.nanoseconds)
            }
            try settle(session)
            let answers = try FairCommands.Answers(sent, observer, until: end, isCovered: isCovered)
            let seconds = Double(end - start) / 1e9
            print(Self.row(name, answers, seconds: seconds))
            if let usual { figures += self.figures(name, answers, beside: usual, seconds: seconds) }
            usual = usual ?? answers
        }

        print(Self.header)
        try measure("nothing else", tellsAll: false) {}
        try measure("a round") { try publish([response(of: "holder-1", to: "list-1", .declined)], session) }
        if options.isBrief { return figures + costs + [memory(of: programs)] }
        try measure("a change told to all") {
            try publish(
                [
                    .update(
                        UpdateVolunteerApplication(
                            applicationID: id("list-1"), availableSpots: 2, name: "Уборка парка"))
                ], session)
        }
        try measure("a cancellation") {
            try publish([.cancel(CancelVolunteerApplication(applicationID: id("list-1"), reason: nil))], session)
        }
        if !options.onlyResync { try publishWhileAsleep(session, services.application, services.waitlist) }
        try measure("a round after sleep") { services.application.resume() }
        let memory = memory(of: programs)
        // The lists of the commands come last: the longest time on the list is that of the whole resync.
        try measure("a resync", tellsAll: false, isCovered: true) { try services.restartWaitlistWithoutFile() }
        return figures + costs + [memory]
    }

    // MARK: - The volunteers who wait

    /// Two applications (one if it is brief) with one spot each, which is taken, and everyone else on the waiting list;
    /// and small ones for the commands of others, which are full too.
    /// - Returns: what each of those who wait has cost the services.
    private func prepare(_ session: BlockingClient, _ programs: [Program]) throws -> [Figure] {
        let lists = options.isBrief ? 1 : 2
        let full = (0..<Self.applications).map { "full-\($0)" }
        let names = (1...lists).map { "list-\($0)" } + full
        try publish(names.map(create), session)
        try publish(names.map { response(of: "holder" + $0.dropFirst(4), to: $0, .accepted) }, session)
        let (prefix, waiting) = (prefix, waiting)
        let before = programs.map(\.cpuSeconds)
        let started = Measure.nanoseconds
        Load.publish(lists * waiting, to: options.broker) { numbers in
            numbers.map { number in
                Load.message(
                    .response(
                        VolunteerResponse(
                            volunteerID: .trusted("v\(number / lists)"),
                            applicationID: .trusted("\(prefix)-list-\(number % lists + 1)"), status: .accepted)),
                    id: "\(prefix)-\(number)")
            }
        }
        try Measure.until("all volunteers wait", within: 300, every: 0.1) {
            try session.messageCount(Exchange.notifications) >= lists * waiting + names.count
        }
        let perSecond = Double(lists * waiting) / (Double(Measure.nanoseconds - started) / 1e9)
        try settle(session)
        let costs = zip(programs, before).map {
            String(Int(($0.cpuSeconds - $1) * 1e6 / Double(lists * waiting)))
        }
        return [
            .rate("fair: responses until the volunteer is told of the place on the list, all services", perSecond),
            .plain("fair: CPU of \(Self.names) for each of them", "\(costs.joined(separator: ", ")) µs"),
        ]
    }

    /// A round whose messages ApplicationService finds when it wakes.
    private func publishWhileAsleep(
        _ session: BlockingClient, _ application: Program, _ waitlist: Program
    ) throws {
        waitlist.suspend()
        try publish([response(of: "holder-2", to: "list-2", .declined)], session)
        Thread.sleep(forTimeInterval: 0.5)
        application.suspend()
        waitlist.resume()
        Thread.sleep(forTimeInterval: Self.sleep)
    }

    private func create(_ name: String) -> Message {
        .create(
            CreateVolunteerApplication(
                fundID: .trusted("1"), applicationID: id(name), availableSpots: 1, description: "Уборка территории",
                name: "Помощь в уборке территории", date: CivilDate(parsingOrEpoch: "2035-12-09"),
                startTime: CivilTime(parsingOrMidnight: "14:00:00"),
                endTime: CivilTime(parsingOrMidnight: "18:00:00"), timeZone: nil))
    }

    private func response(of volunteer: String, to name: String, _ status: ResponseStatus) -> Message {
        .response(
            VolunteerResponse(volunteerID: .trusted(volunteer), applicationID: id(name), status: status))
    }

    private func id(_ name: String) -> ID { .trusted("\(prefix)-\(name)") }

    private func publish(_ messages: [Message], _ session: BlockingClient) throws {
        let outcomes = try session.publishBatch(messages.map { Load.message($0, id: UUID().uuidString) })
        guard outcomes.allSatisfy({ $0 == .confirmed }) else { throw BenchError("the broker did not confirm") }
    }

    /// Waits until the services have nothing left to do.
    private func settle(_ session: BlockingClient) throws {
        var count = -1
        try Measure.until("the services have nothing left to do", within: 300, every: 0.5) {
            let now = try session.messageCount(Exchange.notifications)
            defer { count = now }
            return try now == count && session.messageCount("notifier.p00") == 0
                && session.messageCount("waitlist.p00") == 0
        }
    }

    // MARK: - The table

    private static let names = "ApplicationService, WaitlistService, NotifierService"

    private func memory(of programs: [Program]) -> Figure {
        .plain(
            "fair: peak memory of \(Self.names)",
            programs.map { String($0.memoryPeak) }.joined(separator: ", ") + " MB")
    }

    private func figures(
        _ name: String, _ answers: FairCommands.Answers, beside usual: FairCommands.Answers, seconds: Double
    ) -> [Figure] {
        let columns = [(0, "HTTP answers"), (4, "notifications after messages")]
        return [
            .plain(
                "fair: \(name) with \(waiting.grouped) waiting, until the last is told", "\(seconds.rounded(to: 1)) s")
        ]
            + columns.map { column, what in
                let value = Self.p99(answers.columns[column])
                let reference = Self.p99(usual.columns[column])
                return Figure(
                    name: "fair: p99 of the \(what) of others while there is \(name); nothing else",
                    value: "\(value.rounded(to: 1)) ms", reference: "\(reference.rounded(to: 1)) ms",
                    ratio: value / reference)
            }
    }

    private static func p99(_ delays: [Double]) -> Double {
        delays.isEmpty ? .nan : delays.sorted()[delays.count * 99 / 100]
    }

    private static let columns = ["HTTP answer", "broker's confirm", "message decided", "on the list", "user notified"]

    private static var header: String {
        "p50, p99 and maximum in ms of the commands of others\n"
            + "while there is".padded(22) + "for".padded(8) + columns.map { $0.padded(20) }.joined()
    }

    private static func row(_ name: String, _ answers: FairCommands.Answers, seconds: Double) -> String {
        name.padded(22) + String(format: "%.1f s", seconds).padded(8)
            + answers.columns.map { Self.figures($0).padded(20) }.joined()
    }

    private static func figures(_ delays: [Double]) -> String {
        let sorted = delays.sorted()
        guard let maximum = sorted.last else { return "none" }
        let p50 = sorted[sorted.count / 2]
        let p99 = sorted[sorted.count * 99 / 100]
        return "\(Int(p50.rounded())) / \(Int(p99.rounded())) / \(Int(maximum.rounded()))"
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { padding(toLength: width, withPad: " ", startingAt: 0) }
}

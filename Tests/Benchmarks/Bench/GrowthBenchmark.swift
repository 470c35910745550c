import Broker
import BrokerTesting
import Contracts
import Foundation

/// The hop of ApplicationService with many responses stored, beside the same with an empty file, measured directly
/// before it on a virtual host of its own. All responses are stored by ApplicationService itself. Also what they take
/// on disk, and how long the next start takes.
struct GrowthBenchmark {
    private let options: Options
    private let messages: Int
    private let folder: String
    private let stages: [Int]
    private let waiting: Int
    /// What a process decides before it is measured.
    private static let warmUp = 5_000
    /// A queue holds at most a million messages.
    private static let part = 500_000

    init(_ options: Options) throws {
        self.options = options
        messages = options.messages ?? 30_000
        let stored = options.stored ?? 1_000_000
        waiting = stored / 10
        stages = [stored / 100, stored] + (options.isFull ? [10 * stored] : [])
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let reference = try options.brokerHosts.addReferenceHost()
        let data = folder + "/data"
        let service = try HopService(options, broker: options.broker, folder: data)
        defer { service.stop() }
        let empty = try size(of: data)
        var stored = 0
        var figures: [Figure] = []
        for stage in stages {
            try fill(service, stage - stored)
            stored = stage
            figures.append(
                try compare(service, reference, "growth: responses decided with \(stored.grouped) stored; with none") {
                    try measure($0)
                })
        }
        let list = try makeList(service, waiting: waiting)
        figures.append(
            try compare(service, reference, "growth: the same while \(waiting.grouped) wait for one application") {
                try measure($0)
            })
        var joined = waiting
        figures.append(
            try compare(service, reference, "growth: responses that join a list of \(waiting.grouped); none") {
                let isReference = $0.program !== service.program
                let list = isReference ? try makeList($0, waiting: 0) : list
                defer { if !isReference { joined += messages } }
                return try join($0, list, (isReference ? 0 : joined)..<(isReference ? 0 : joined) + messages)
            })
        figures.append(.plain("growth: peak memory of ApplicationService", "\(service.program.memoryPeak) MB"))
        service.program.stop()
        let rows = try responses(in: data)
        figures.append(
            .plain(
                "growth: disk per response, with the day's outbox and digests",
                "\((try size(of: data) - empty) / rows) bytes"))
        figures.append(try measureStarts(data, rows: rows))
        return figures
    }

    // MARK: - The hop

    /// - Parameter measure: responses per second.
    private func compare(
        _ service: HopService, _ reference: String, _ name: String, _ measure: (HopService) throws -> Double
    ) throws -> Figure {
        var rates: [Double] = []
        var references: [Double] = []
        for round in 1...options.rounds {
            let folder = "\(folder)/reference"
            let empty = try HopService(options, broker: reference, folder: folder)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            do {
                defer { empty.stop() }
                try fill(empty, Self.warmUp)
                references.append(try measure(empty))
            }
            rates.append(try measure(service))
            print("\(name), round \(round): \(Int(rates.last ?? 0))/s; \(Int(references.last ?? 0))/s")
        }
        return .rate(
            name, Measure.median(rates), reference: Measure.median(references),
            ratio: Measure.median(zip(rates, references).map { $0 / $1 }))
    }

    private func measure(_ service: HopService) throws -> Double {
        let prefix = String(UUID().uuidString.prefix(8))
        try service.open(prefix: prefix)
        return try service.hop.measurePreloaded(messages) { Load.responses(prefix: prefix, $0) }.perSecond
    }

    private func fill(_ service: HopService, _ count: Int) throws {
        for first in stride(from: 0, to: count, by: Self.part) {
            let prefix = String(UUID().uuidString.prefix(8))
            try service.open(prefix: prefix)
            let part = min(Self.part, count - first)
            let outcome = try service.hop.measureUnderLoad(part) { Load.responses(prefix: prefix, $0) }
            if part == Self.part { print("\(part) responses stored, at \(Int(outcome.perSecond))/s") }
        }
    }

    // MARK: - A long waiting list

    /// An application whose spot is taken, and this number of volunteers who wait.
    private func makeList(_ service: HopService, waiting: Int) throws -> ID {
        let id = ID.trusted("list-\(UUID().uuidString.prefix(8))")
        _ = try service.session.publishBatch([
            Load.message(
                .create(
                    CreateVolunteerApplication(
                        fundID: .trusted("1"), applicationID: id, availableSpots: 1, description: "Уборка территории",
                        name: "Помощь в уборке территории", date: CivilDate(parsingOrEpoch: "2035-12-09"),
                        startTime: CivilTime(parsingOrMidnight: "14:00:00"),
                        endTime: CivilTime(parsingOrMidnight: "18:00:00"), timeZone: nil)), id: "\(id.string)-create"),
            response(of: "holder", to: id),
        ])
        try Measure.until("the spot is taken") { try service.session.messageCount(service.hop.out) >= 2 }
        try service.purge()
        if waiting > 0 { _ = try join(service, id, 0..<waiting) }
        return id
    }

    private func join(_ service: HopService, _ list: ID, _ numbers: Range<Int>) throws -> Double {
        let outcome = try service.list.measurePreloaded(numbers.count) { part in
            part.map { response(of: "v\(numbers.lowerBound + $0)", to: list) }
        }
        try service.purge()
        return outcome.perSecond
    }

    private func response(of volunteer: String, to application: ID) -> OutgoingMessage {
        Load.message(
            .response(
                VolunteerResponse(volunteerID: .trusted(volunteer), applicationID: application, status: .accepted)),
            id: "\(application.string)-\(volunteer)")
    }

    // MARK: - The file

    private func responses(in data: String) throws -> Int {
        let text = try sqlite("SELECT count(*) FROM member", in: data)
        guard let rows = Int(text), rows > 0 else { throw BenchError("no responses are stored: \(text)") }
        print("bytes per response:")
        let shares = """
            SELECT iif(o.type = 'index', 'index ', '') || o.name || ' ' || (sum(s.pgsize) / \(rows))
            FROM dbstat AS s JOIN sqlite_schema AS o ON o.name = s.name GROUP BY s.name
            HAVING sum(s.pgsize) >= \(rows) ORDER BY sum(s.pgsize) DESC
            """
        print(try sqlite(shares, in: data))
        return rows
    }

    private func sqlite(_ statement: String, in data: String) throws -> String {
        try Program.output(
            of: "/usr/bin/sqlite3", ["-readonly", "\(data)/application-p00.sqlite", statement], environment: [:])
    }

    /// Bytes of all files in the folder.
    private func size(of data: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: data).reduce(0) { sum, file in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(data)/\(file)")
            return sum + ((attributes[.size] as? Int) ?? 0)
        }
    }

    /// How long a process takes until it is ready with this file, and with one that has only what it needs itself.
    private func measureStarts(_ data: String, rows: Int) throws -> Figure {
        let empty = folder + "/empty"
        _ = try start(empty)
        var times: [Double] = []
        var references: [Double] = []
        for _ in 0..<3 {
            references.append(try start(empty))
            times.append(try start(data))
        }
        let (value, reference) = (Measure.median(times), Measure.median(references))
        return Figure(
            name: "growth: start until ready with \(rows.grouped) responses stored; with none",
            value: "\(value.rounded(to: 2)) s", reference: "\(reference.rounded(to: 2)) s", ratio: value / reference)
    }

    /// - Returns: seconds.
    private func start(_ data: String) throws -> Double {
        let port = try Measure.freePort()
        let started = ContinuousClock.now
        let service = try HopService.start(options, broker: options.broker, folder: data, port: port)
        defer { service.stop() }
        try Measure.until("ApplicationService is ready", every: 0.005) {
            let request = HTTPRequestFactory().get("/readyz")
            return (try? HTTPLoad(port: port, connections: 1).run([request], expecting: 200)) != nil
        }
        return (ContinuousClock.now - started) / .seconds(1)
    }
}

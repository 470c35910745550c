import Broker
import BrokerTesting
import Contracts
import Foundation

/// The whole way: response, waiting list, drop-out, offers, claim, notifications, of many applications at once and as
/// fast as the broker accepts. An event is a message from outside, or one that a service publishes. The reference is
/// the bare relay on the same route, each of whose messages is published twice. The outcome of each story is checked.
struct StoryBenchmark {
    private let options: Options
    private let stories: Int
    private let folder: String
    private let id = UUID().uuidString.prefix(8).lowercased()
    private static let publishers = 4
    /// By the bare relay, in each round.
    private static let relayed = 20_000

    private struct Round {
        let storiesPerSecond: Double
        let time: ProcessorTime
    }

    init(_ options: Options) throws {
        self.options = options
        stories = options.messages ?? 3_000
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        let services = try BenchServices(options, in: folder, session)
        defer { services.stop() }
        let broker = try ListeningProcess(url: options.broker)
        let appliedBefore = try applied(services)
        var rounds: [Round] = []
        var relayRates: [Double] = []
        for number in 1...options.rounds {
            relayRates.append(try relayRate(session, services, number))
            rounds.append(try measure(session, services, broker, number))
            print(
                "round \(number): \(stories) stories, \(Int(rounds[number - 1].storiesPerSecond)) a second; "
                    + "the bare relay passes on \(Int(relayRates[number - 1])) messages a second")
        }
        let published = try applied(services) - appliedBefore - rounds.count * stories * Story.messages
        let perStory = Double(published) / Double(rounds.count * stories) + Double(Story.notifications)
        return report(rounds, relay: Measure.median(relayRates), publishedPerStory: perStory)
    }

    // MARK: - One round

    private func measure(
        _ session: BlockingClient, _ services: BenchServices, _ broker: ListeningProcess, _ number: Int
    ) throws -> Round {
        let prefix = "\(id)s\(number)"
        let claims = try ScheduledPublisher(url: options.broker)
        let audience = StoryAudience(stories, prefix: prefix, claims: claims)
        _ = try session.purge(Exchange.notifications)
        let observer = try MessageObserver(url: options.broker, queue: Exchange.notifications) { messages, _ in
            audience.receive(messages)
        }
        let started = Measure.nanoseconds
        let time = try ProcessorTime(of: [
            ("ApplicationService", { services.application.cpuSeconds }),
            ("WaitlistService", { services.waitlist.cpuSeconds }),
            ("NotifierService", { services.notifier.cpuSeconds }),
            ("broker (Erlang VM)", { broker.cpuSeconds }),
            ("load and volunteers", { Measure.cpuSeconds(of: getpid()) }),
        ]) {
            for part in publishOpenings(prefix: prefix) { try part.value() }
            try Measure.until("all volunteers are told", within: 300) {
                _ = try claims.confirmed()
                return audience.notifications >= stories * Story.notifications
            }
        }
        let seconds = Double(Measure.nanoseconds - started) / 1e9
        try checkApplications(services, prefix: prefix)
        try observer.stop()
        try claims.stop()
        try audience.check()
        return Round(storiesPerSecond: Double(stories) / seconds, time: time)
    }

    /// Publishes as fast as the broker confirms, over several connections, and each story over one of them.
    private func publishOpenings(prefix: String) -> [Background<Void>] {
        (0..<Self.publishers).map { [stories, options] publisher in
            Background {
                let session = try BlockingClient.connect(url: options.broker, name: "load \(publisher)")
                defer { session.close() }
                for first in stride(from: publisher * 50, to: stories, by: Self.publishers * 50) {
                    let messages = (first..<min(first + 50, stories)).flatMap { number in
                        Story(prefix: prefix, number: number).opening
                    }
                    guard try session.publishBatch(messages).allSatisfy({ $0 == .confirmed }) else {
                        throw BenchError("the broker did not confirm the load")
                    }
                }
            }
        }
    }

    /// Checks what ApplicationService knows in the end: all spots are taken, and the others wait.
    private func checkApplications(_ services: BenchServices, prefix: String) throws {
        let paths = (0..<stories).map { "/v1/applications/\(Story(prefix: prefix, number: $0).application)" }
        let answers = try HTTPLoad(port: services.port, connections: 16).run(
            paths.map(services.requests.get), expecting: 200, keepingAnswers: true
        ).answers
        let expected = [
            #""available_spots":\#(Story.spots),"#, #""confirmed":\#(Story.spots),"#,
            #""waiting":\#(Story.waiting - 1),"#, #""free_spots":0,"#,
        ]
        guard let wrong = answers.first(where: { answer in !expected.allSatisfy { answer.body.contains($0) } }) else {
            return
        }
        throw BenchError("an application ended otherwise: \(wrong.body)")
    }

    /// Of the bare relay, while the services have nothing to do.
    private func relayRate(_ session: BlockingClient, _ services: BenchServices, _ number: Int) throws -> Double {
        let relay = try RelayReference(options, session, batch: 512, gatherMicroseconds: 2000)
        defer { relay.stop() }
        return try relay.perSecond(Self.relayed, prefix: "\(id)r\(number)", options)
    }

    /// What the services have applied so far, once they have nothing left to do.
    private func applied(_ services: BenchServices) throws -> Int {
        var count = -1
        try Measure.until("the services are idle", every: 1.1) {
            let now = try AppliedMessages.count(ports: services.metricsPorts)
            defer { count = now }
            return now == count
        }
        return count
    }

    // MARK: - The table

    private func report(_ rounds: [Round], relay: Double, publishedPerStory: Double) -> [Figure] {
        let storiesPerSecond = Measure.median(rounds.map(\.storiesPerSecond))
        let eventsPerStory = Double(Story.messages) + publishedPerStory
        let events = storiesPerSecond * eventsPerStory
        let time = ProcessorTime(mediansOf: rounds.map(\.time))
        print(
            "\nmedians of \(rounds.count) rounds: \(Int(storiesPerSecond)) stories a second, each of "
                + "\(Story.spots) spots, \(Story.waiting) who wait and one who drops out;\n"
                + "\(Int(events)) events a second (a story has \(Story.messages) from outside, and "
                + "\(Int(publishedPerStory.rounded())) that the services publish), "
                + "\(String(format: "%.2f", events / (2 * relay))) of what goes through the bare relay\n")
        print(Self.row("where the time goes", "µs a story", "µs an event", "of all"))
        for part in time.parts {
            let story = part.seconds * 1e6 / Double(stories)
            print(
                Self.row(
                    part.name, String(Int(story.rounded())), String(format: "%.1f", story / eventsPerStory),
                    "\(Int((part.seconds / time.seconds * 100).rounded())) %"))
        }
        return [
            Figure(
                name: "story: events; bare relay", value: "\(Int(events))/s", reference: "\(Int(2 * relay))/s",
                ratio: events / (2 * relay))
        ]
    }

    private static func row(_ name: String, _ columns: String...) -> String {
        columns.reduce(name.padding(toLength: 22, withPad: " ", startingAt: 0)) { row, column in
            row + String(repeating: " ", count: max(0, 13 - column.count)) + column
        }
    }
}

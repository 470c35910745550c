import Broker
import BrokerTesting
import Contracts
import Foundation

/// The commands of others: accepted responses of new volunteers at a steady rate, by HTTP for applications with spots,
/// as messages for full ones, so that all three services have their part in them.
struct FairCommands: Sendable {
    /// Different in each measurement.
    let run: String
    /// Commands per second of each kind.
    let rate: Int
    let seconds: Int
    /// How many applications they concern, of each kind.
    let applications: Int
    let fullApplication: @Sendable (Int) -> String

    struct Sent: Sendable {
        let http: [Delay]
        /// When each message was to be sent, and when the broker had confirmed it, by its volunteer.
        let messages: [String: Delay]
    }

    private var count: Int { rate * seconds }

    private func volunteer(_ number: Int) -> String { "\(FairObserver.prefix)\(run)-\(number)" }

    /// Sends everything on schedule, whether or not earlier commands are answered.
    func send(
        to load: HTTPLoad, _ requests: HTTPRequestFactory, broker: String, from start: Int
    ) -> Background<Sent> {
        let http = Background {
            try load.run(
                (0..<count).map { requests.response(to: $0 % applications, by: "http-\(run)-\($0)") },
                expecting: 202, perSecond: Double(rate)
            ).delays
        }
        let messages = Background { try publish(to: broker, from: start) }
        return Background { Sent(http: try http.value(), messages: try messages.value()) }
    }

    private func publish(to broker: String, from start: Int) throws -> [String: Delay] {
        let session = try BlockingClient.connect(url: broker, name: "bench commands")
        defer { session.close() }
        var delays: [String: Delay] = [:]
        while delays.count < count {
            var batch: [OutgoingMessage] = []
            var dues: [String: Int] = [:]
            while delays.count + dues.count < count {
                let number = delays.count + dues.count
                let due = start + number * 1_000_000_000 / rate
                guard due <= Measure.nanoseconds else { break }
                dues[volunteer(number)] = due
                let response = VolunteerResponse(
                    volunteerID: .trusted(volunteer(number)),
                    applicationID: .trusted(fullApplication(number % applications)), status: .accepted)
                batch.append(Load.message(.response(response), id: volunteer(number)))
            }
            if batch.isEmpty {
                Thread.sleep(forTimeInterval: 0.001)
            } else if try session.publishBatch(batch).contains(where: { $0 != .confirmed }) {
                throw BenchError("the broker did not confirm the commands")
            }
            let end = Measure.nanoseconds
            delays.merge(dues.mapValues { Delay(due: $0, end: end) }) { $1 }
        }
        return delays
    }

    /// How long the commands took that were due before the work ended, in milliseconds.
    struct Answers {
        let columns: [[Double]]

        /// - Parameter isCovered: whether a state that was sent may have taken the place of messages between the
        ///   services: then only what users were told must be complete.
        init(_ sent: Sent, _ observer: FairObserver, until end: Int, isCovered: Bool) throws {
            let delays = sent.messages.filter { $0.value.due < end }
            let messages = try FairObserver.Event.allCases.map { event in
                let times = observer.times(of: event)
                return try delays.compactMap { volunteer, delay -> Double? in
                    guard let time = times[volunteer] else {
                        if isCovered, event != .notified { return nil }
                        throw BenchError("a command had no effect: \(event)")
                    }
                    return Delay(due: delay.due, end: time).milliseconds
                }
            }
            columns =
                [sent.http.filter { $0.due < end }.map(\.milliseconds), delays.values.map(\.milliseconds)] + messages
        }
    }
}

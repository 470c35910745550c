import BrokerTesting
import Contracts
import Foundation

/// `POST` of a response that waits for the end of its operation (`Prefer: wait`), until the answer. The reference is a
/// bare route of the same HTTP library, which reads the same requests and returns the same response.
final class HTTPLatency: LatencySubject {
    let name = "HTTP commands"
    let referenceName = "bare route"

    private let session: BlockingClient
    private let requests: HTTPRequestFactory
    private let load: HTTPLoad
    private let bareLoad: HTTPLoad
    private let bare: Program
    /// The next volunteer: each responds once.
    private var next = 0
    private static let applications = 100
    private static let flood = 6_000

    init(_ options: Options, _ services: BenchServices, _ session: BlockingClient) throws {
        self.session = session
        requests = services.requests
        load = HTTPLoad(port: services.port, connections: options.connections)
        _ = try load.run((0..<Self.applications).map(requests.create), expecting: 202)
        let answer = try load.run(
            (0..<Self.applications).map { [requests] in
                requests.response(to: $0, by: "first-\($0)", preferring: "wait=5")
            }, expecting: 202, keepingAnswers: true
        ).answers.last
        guard let answer, answer.body.contains(#""succeeded""#) else {
            throw BenchError("a command was answered before it was decided")
        }
        let port = try Measure.freePort()
        bare = try Program(
            "\(options.binaries)/BareHTTP",
            [String(port), "POST", "/v1/applications/{id}/responses", String(answer.status), answer.body]
                + answer.headers.flatMap { [$0.name, $0.value] })
        try Measure.until("the bare route listens") { (try? HTTPConnection(port: port)) != nil }
        bareLoad = HTTPLoad(port: port, connections: options.connections)
        _ = try bareLoad.run(commands(2_000), expecting: 202)
    }

    func stop() { bare.stop() }

    func capacity() throws -> Double {
        let all = commands(Self.flood)
        let told = try session.messageCount(Exchange.notifications)
        let started = Measure.nanoseconds
        _ = try load.run(all, expecting: 202)
        try untilTold(told + all.count)
        return Double(all.count) / (Double(Measure.nanoseconds - started) / 1e9)
    }

    func measure(at rate: Double, seconds: Double) throws -> LatencyMeasurement {
        let all = commands(Int(rate * seconds))
        let told = try session.messageCount(Exchange.notifications)
        let delays = try load.run(all, expecting: 202, perSecond: rate).delays
        try untilTold(told + all.count)
        return LatencyMeasurement(outcomes: delays)
    }

    func measureReference(at rate: Double, seconds: Double) throws -> [Delay] {
        try bareLoad.run(commands(Int(rate * seconds)), expecting: 202, perSecond: rate).delays
    }

    private func commands(_ count: Int) -> [[UInt8]] {
        defer { next += count }
        return (next..<next + count).map {
            requests.response(to: $0 % Self.applications, by: "v-\($0)", preferring: "wait=5")
        }
    }

    private func untilTold(_ count: Int) throws {
        try Measure.until("all users are told", within: 120) {
            try session.messageCount(Exchange.notifications) >= count
        }
    }
}

import BrokerTesting
import Contracts
import Foundation
import TestSupport

/// NotifierService with many callbacks pending: how fast they reach a receiver that answers at once, and whether
/// receivers that hang hold up the others. The receivers are in this process, on the same machine.
struct CallbackBenchmark {
    private let options: Options
    private let folder: String
    private let deliveries: Int
    private static let hosts = 100
    private static let hangingHosts = 10

    init(_ options: Options) throws {
        self.options = options
        deliveries = options.messages ?? 10_000
        folder = NSTemporaryDirectory() + "/bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func run() async throws -> [Figure] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = try BlockingClient.connect(url: options.broker, name: "bench")
        defer { session.close() }
        let service = try Program(
            // The broker may have been used by an earlier run, whose files are gone.
            "\(options.binaries)/NotifierService", ["--accept-empty"],
            environment: [
                "PARTITIONS": "1", "AMQP_URL": options.broker, "DATA_DIR": folder + "/data", "HTTP_PORT": "0",
                "LOG_LEVEL": "error", "WEBHOOK_MASTER_KEY": UUID().uuidString, "WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8",
            ])
        defer { service.stop() }
        try Measure.until("NotifierService consumes") { (try? session.consumerCount("notifier.p00")) ?? 0 > 0 }
        var stream = BenchStream(session)
        return try await measureOne(&stream, service) + measureMany(&stream, service)
    }

    /// One receiver, which answers at once.
    private func measureOne(_ stream: inout BenchStream, _ service: Program) async throws -> [Figure] {
        let receiver = try await WebhookReceiver()
        let bare = try HTTPLoad(port: receiver.port, connections: 4).run(
            Array(repeating: Self.bareRequest, count: deliveries), expecting: 200)
        let before = receiver.deliveries.count
        // Not before all are pending.
        service.suspend()
        try stream.send(events("one", to: { _ in receiver.url }))
        let start = ContinuousClock.now
        service.resume()
        let (_, cpu) = try service.cost {
            try Measure.until("the receiver has all", within: 600, every: 0.005) {
                receiver.deliveries.count >= before + deliveries
            }
        }
        let rate = Double(deliveries) / ((ContinuousClock.now - start) / .seconds(1))
        return [
            .rate(
                "callbacks: to one receiver; bare requests to it over 4 connections", rate, reference: bare.perSecond),
            .plain("callbacks: CPU of NotifierService for each", "\(Int(cpu * 1e6 / Double(deliveries))) µs"),
        ]
    }

    /// Many receivers, of which some hang.
    private func measureMany(_ stream: inout BenchStream, _ service: Program) async throws -> [Figure] {
        var hanging: [WebhookReceiver] = []
        var answering: [WebhookReceiver] = []
        for number in 0..<Self.hosts {
            let host = "127.0.1.\(number + 1)"
            if number < Self.hangingHosts {
                hanging.append(try await WebhookReceiver(host: host) { _ in .hang })
            } else {
                answering.append(try await WebhookReceiver(host: host))
            }
        }
        let urls = (hanging + answering).map(\.url)
        service.suspend()
        try stream.send(events("many", to: { urls[$0 % urls.count] }))
        let expected = (0..<deliveries).count { $0 % urls.count >= Self.hangingHosts }
        let start = ContinuousClock.now
        service.resume()
        try Measure.until("those that answer have all", within: 600, every: 0.005) {
            answering.reduce(0) { $0 + $1.deliveries.count } >= expected
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return [
            .plain(
                "callbacks: \(deliveries.grouped) pending to \(Self.hosts) receivers, \(Self.hangingHosts) hang, "
                    + "until the \(expected.grouped) to the others have arrived", "\(seconds.rounded(to: 1)) s"),
            .plain("callbacks: peak memory of NotifierService", "\(service.memoryPeak) MB"),
        ]
    }

    private func events(_ name: String, to url: (Int) -> String) -> [Message] {
        (0..<deliveries).map { number in
            let id = "\(name)-\(number)"
            return .webhookEvent(
                WebhookEvent(
                    webhookID: id, caller: "fund:\(number % 50)", type: "operation.completed", timestamp: .now(),
                    url: url(number),
                    payload: """
                        {"id":"\(id)","kind":"create_volunteer_application","status":"succeeded",\
                        "created_at":"2026-11-21T09:31:12.250Z","updated_at":"2026-11-21T09:31:12.250Z",\
                        "result":{"volunteer_application_id":456}}
                        """))
        }
    }

    private static let bareRequest = Array(
        "POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}".utf8)
}

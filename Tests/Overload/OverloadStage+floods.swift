import Broker
import BrokerTesting
import Contracts
import Foundation
import FoundationNetworking
import NIOCore
import NIOHTTP1
import TestSupport

extension OverloadStage {
    // MARK: - Large bodies

    /// Every body is accepted, and then its application exists, or it is refused with a problem: there are too many at
    /// the same time. Nearly no client is too slow: the service must not blame them for its own delays.
    func sendBodies(_ count: Int) async throws -> String {
        let before = try await applicationCount()
        let answers = try await RequestFlood(port: port).send(
            Array(repeating: .init(method: .POST, path: "/v1/applications", body: Self.largeBody), count: count))
        try await self[.application].checkAlive()
        let (accepted, _) = try Self.check(answers, accepting: [202], refusing: [408, 429, 503])
        let slow = answers[.response(status: 408, contentType: "application/problem+json"), default: 0]
        guard slow <= count / 100 else {
            throw OverloadFailure("\(slow) of \(count) clients were refused as too slow; all answers: \(answers)")
        }
        let created = try await applicationCount() - before
        guard created == accepted else {
            throw OverloadFailure("\(accepted) creates were accepted, but \(created) applications exist")
        }
        return "\(count) sent, \(accepted) accepted, \(count - accepted) refused: \(Self.text(answers))"
    }

    /// A valid create with a field that no reader knows, as large as a body may be.
    private static var largeBody: ByteBuffer {
        let create = """
            {"fund_id": "1", "available_spots": 1, "application_name": "Overload", "application_description": "", \
            "application_date": "2099-01-01", "application_starttime": "10:00:00", "application_endtime": "12:00:00", \
            "padding": "
            """
        let end = "\"}"
        return ByteBuffer(
            string: create + String(repeating: "x", count: 256 * 1024 - create.utf8.count - end.utf8.count) + end)
    }

    private func applicationCount() async throws -> Int {
        struct Page: Decodable {
            struct Item: Decodable {}
            let items: [Item]
            let next: String?
        }
        var path: String? = "/v1/applications?limit=100"
        var count = 0
        while let current = path {
            guard let url = URL(string: "http://127.0.0.1:\(port)\(current)") else { break }
            let page = try JSONDecoder().decode(Page.self, from: try await URLSession.shared.data(from: url).0)
            count += page.items.count
            path = page.next
        }
        return count
    }

    // MARK: - Unreadable messages

    /// All are parked: `count` from outside, and a tenth of that in the queue of each of the other services.
    func sendUnreadable(_ count: Int) async throws -> String {
        let queues: [(ServiceProcess.Kind, String, Int)] = [
            (.application, Topology.ingressQueue, count), (.waitlist, "waitlist.p00", count / 10),
            (.notifier, "notifier.p00", count / 10),
        ]
        for (kind, queue, count) in queues {
            try await publish(count, to: queue)
            let process = self[kind].process
            do {
                try await eventually(within: .seconds(1800), "parking", poll: .milliseconds(200)) {
                    guard process.isRunning else { return true }
                    return try await process.metrics().sum("waitlist_parked") >= Double(count)
                }
            } catch is ConditionNotMet {
                throw OverloadFailure("\(queue) still holds messages")
            }
            try await self[kind].checkAlive()
            let parked = try await process.run("parked", "list").lines.count
            guard parked == count else {
                throw OverloadFailure("\(count) unreadable messages were sent to \(queue), \(parked) are parked")
            }
        }
        return "\(queues.map(\.2).reduce(0, +)) sent, all are parked"
    }

    private func publish(_ count: Int, to queue: String) async throws {
        let body = [UInt8](repeating: UInt8(ascii: "?"), count: 1_000_000)
        let message = OutgoingMessage(
            exchange: "", routingKey: queue, properties: MessageProperties(deliveryMode: 2), body: body)
        var rest = count
        while rest > 0 {
            let size = min(10, rest)
            try await broker.publish(Array(repeating: message, count: size))
            rest -= size
        }
    }

    // MARK: - Waiting polls

    /// Each poll of a running operation is answered. When there are more clients than the server takes, it may close
    /// connections on which nothing has arrived yet.
    /// - Parameter wait: for how many seconds each poll waits.
    func poll(_ count: Int, wait: Int) async throws -> String {
        // Nobody has read the waiting list's answer, so the operation runs on.
        self[.waitlist].process.signal(SIGSTOP)
        defer { self[.waitlist].process.signal(SIGCONT) }
        let path = try await runningOperation()
        let request = RequestFlood.Request(method: .GET, path: path, headers: ["Prefer": "wait=\(wait)"])
        let answers = try await RequestFlood(port: port).send(Array(repeating: request, count: count))
        try await self[.application].checkAlive()
        let (answered, closed) = try Self.check(
            answers, accepting: [200], refusing: [429, 503], mayClose: max(0, count - Self.maxConnections))
        return "\(count) sent, \(answered) answered, \(count - answered) refused, of them \(closed) without an answer: "
            + Self.text(answers)
    }

    /// The path of the operation of a volunteer who waits.
    private func runningOperation() async throws -> String {
        let create = """
            {"volunteer_application_id": "full", "fund_id": "1", "available_spots": 1, "application_name": "Full", \
            "application_description": "", "application_date": "2099-01-01", "application_starttime": "10:00:00", \
            "application_endtime": "12:00:00"}
            """
        _ = try await post("/v1/applications", create)
        let responses = "/v1/applications/full/responses"
        _ = try await post(responses, #"{"volunteer_id": "v1", "status": "accepted"}"#)
        return try await post(responses, #"{"volunteer_id": "v2", "status": "accepted"}"#)
    }

    /// - Returns: the path of the operation.
    private func post(_ path: String, _ body: String) async throws -> String {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw OverloadFailure("\(path) is not a valid path")
        }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (answer, response) = try await URLSession.shared.data(for: request)
        let location = (response as? HTTPURLResponse)?.value(forHTTPHeaderField: "Location")
        guard let location else {
            throw OverloadFailure("POST \(path) was not accepted: \(String(decoding: answer, as: UTF8.self))")
        }
        return location
    }

    // MARK: - Answers

    /// What a service takes at most (contract section 8).
    private static let maxConnections = 4_096

    /// - Parameter mayClose: how many connections may be closed without an answer.
    /// - Returns: the number of accepted requests, and of connections closed without an answer.
    private static func check(
        _ answers: [RequestFlood.Answer: Int], accepting: Set<Int>, refusing: Set<Int>, mayClose: Int = 0
    ) throws -> (accepted: Int, closed: Int) {
        var accepted = 0
        var closed = 0
        for (answer, count) in answers {
            switch answer {
            case .response(let status, _) where accepting.contains(status): accepted += count
            case .response(let status, "application/problem+json") where refusing.contains(status): break
            case .closed where count <= mayClose: closed += count
            default: throw OverloadFailure("\(count) requests: \(answer); all answers: \(answers)")
            }
        }
        return (accepted, closed)
    }

    /// The answers by frequency: `503: 3870, 202: 130`.
    private static func text(_ answers: [RequestFlood.Answer: Int]) -> String {
        answers.sorted { $0.value > $1.value }.map { answer, count in
            switch answer {
            case .response(let status, _): "\(status): \(count)"
            case .closed(let reason): "\(reason): \(count)"
            case .none(let reason): "\(reason): \(count)"
            }
        }.joined(separator: ", ")
    }
}

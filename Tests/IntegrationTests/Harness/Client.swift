import AsyncHTTPClient
import Contracts
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport

/// Somebody who speaks HTTP to ApplicationService, with a token or without. What is answered goes into the journal that
/// is held against the OpenAPI document.
struct Client: Sendable {
    /// With the scheme and the port, without a slash at the end.
    let base: String
    let token: String?

    struct Answer: Sendable {
        let status: Int
        /// By their names in small letters.
        let headers: [String: String]
        let body: String

        func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
            do {
                return try JSONDecoder().decode(type, from: Data(body.utf8))
            } catch {
                throw NotDecoded(status: status, body: body, error: error)
            }
        }
    }

    struct NotDecoded: Error {
        let status: Int
        let body: String
        let error: any Error
    }

    /// A service that is down is met at once. A client that tries again by itself rests longer after each failure, by
    /// 100 ms times 1.25 to their number, and so still rests when the service is back.
    private static let connections: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(configuration: configuration)
    }()

    /// - Parameter path: percent-encoded, with its query.
    @discardableResult
    func call(
        _ method: String, _ path: String, _ body: String? = nil, _ headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.body = .bytes(ByteBuffer(string: body))
            if headers["Content-Type"] == nil { request.headers.add(name: "Content-Type", value: "application/json") }
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await Self.connections.execute(request, timeout: TimeAmount(patience))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        let fields = response.headers.map { ($0.name.lowercased(), $0.value) }
        let answer = Answer(
            status: Int(response.status.code), headers: Dictionary(fields) { "\($0), \($1)" },
            body: String(buffer: bytes))
        Journal.append(method, path, answer)
        return answer
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await call("GET", path, nil, headers)
    }

    func post(_ path: String, _ body: String, key: String? = nil) async throws -> Answer {
        try await call("POST", path, body, key.map { ["Idempotency-Key": $0] } ?? [:])
    }

    // MARK: - The commands

    /// The same create is the same bytes, whenever it is sent.
    private static let began = Timestamp.now()

    /// - Parameter startsIn: from the tests' begin on; in a month, if nothing else is said.
    func create(
        _ id: ID?, spots: Int, fund: ID? = 123, startsIn: Duration = .seconds(30 * 86_400), name: String = "Уборка",
        key: String? = nil
    ) async throws -> Answer {
        let (date, start) = CivilClock.civil(Self.began.advanced(by: startsIn), in: .gmt)
        let fields = [
            id.map { "\"volunteer_application_id\":\"\($0)\"" }, fund.map { "\"fund_id\":\"\($0)\"" },
            "\"available_spots\":\(spots)", "\"application_name\":\"\(name)\"", "\"application_description\":\"\"",
            "\"application_date\":\"\(date)\"", "\"application_starttime\":\"\(start)\"",
            "\"application_endtime\":\"23:59:00\"", "\"time_zone\":\"UTC\"",
        ]
        return try await post("/v1/applications", "{\(fields.compactMap { $0 }.joined(separator: ","))}", key: key)
    }

    func respond(_ volunteer: ID?, _ id: ID, _ status: String = "accepted", key: String? = nil) async throws -> Answer {
        let who = volunteer.map { "\"volunteer_id\":\"\($0)\"," } ?? ""
        return try await post("/v1/applications/\(id)/responses", "{\(who)\"status\":\"\(status)\"}", key: key)
    }

    /// Polls until the operation has ended.
    func ended(_ accepted: Answer) async throws -> Seen.Operation {
        guard let place = accepted.headers["location"] else { throw NotAccepted(answer: accepted) }
        var operation: Seen.Operation?
        try await eventually("\(place) ends") {
            operation = try await get(place, ["Prefer": "wait=5"]).decoded(as: Seen.Operation.self)
            return operation?.hasEnded == true
        }
        guard let operation else { throw NotAccepted(answer: accepted) }
        return operation
    }

    struct NotAccepted: Error {
        let answer: Answer
    }
}

/// What clients see, as they read it.
enum Seen {
    /// Ids as text, whichever way they are written.
    struct Name: Decodable, Hashable, Sendable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            text = try (try? value.decode(Int64.self)).map { String($0) } ?? value.decode(String.self)
        }
    }

    struct Operation: Decodable, Hashable, Sendable {
        struct Result: Decodable, Hashable, Sendable {
            var outcome: String?
            var position: Int?
            var volunteer_application_id: Name?
        }

        let id: String
        let kind: String
        let status: String
        let result: Result?
        let error: Problem?

        var hasEnded: Bool { status == "succeeded" || status == "failed" }
    }

    struct Problem: Decodable, Hashable, Sendable {
        struct Item: Decodable, Hashable, Sendable {
            let pointer: String
            let code: String
        }

        let type: String
        let title: String
        let status: Int
        let detail: String
        let code: String
        let errors: [Item]?
    }

    struct Application: Decodable, Hashable, Sendable {
        let volunteer_application_id: Name
        let fund_id: Name
        let application_name: String
        let available_spots: Int
        let status: String
        let free_spots: Int
        let confirmed: Int
        let waiting: Int
    }

    struct Response: Decodable, Hashable, Sendable {
        let volunteer_id: Name
        let state: String
        let position: Int?
        let offer_expires_at: String?
    }

    struct Page<Item: Decodable & Sendable>: Decodable, Sendable {
        let items: [Item]
        let next: String?
    }
}

extension Stage {
    /// Somebody without a token, or with one that ApplicationService itself makes.
    func client(_ role: String? = nil, _ subject: ID? = nil) async throws -> Client {
        let base = "http://127.0.0.1:\(application.httpPort)"
        guard let role, let subject else { return Client(base: base, token: nil) }
        let answer = try await application.run("token", "--role", role, "--sub", subject.string)
        guard answer.exitCode == 0, let token = answer.lines.first else {
            throw NoToken(complaint: answer.stderr)
        }
        return Client(base: base, token: token)
    }

    struct NoToken: Error {
        let complaint: String
    }

    /// For stages whose callers have tokens.
    static let secret = ["AUTH_SECRET": "a secret of thirty-two bytes, at least"]
}

/// All answers, as lines for `specs/validate_http.py`.
private enum Journal {
    private struct Line: Encodable {
        let method: String
        let path: String
        let status: Int
        let headers: [String: String]
        let body: String
    }

    private static let lock = Mutex(())

    static func append(_ method: String, _ path: String, _ answer: Client.Answer) {
        guard let file = ProcessInfo.processInfo.environment["HTTP_JOURNAL"] else { return }
        let line = Line(
            method: method, path: path, status: answer.status, headers: answer.headers, body: answer.body)
        guard let data = try? JSONEncoder().encode(line) + Data("\n".utf8) else { return }
        lock.withLock { _ in
            if !FileManager.default.fileExists(atPath: file) {
                _ = FileManager.default.createFile(atPath: file, contents: nil)
            }
            guard let handle = FileHandle(forWritingAtPath: file) else { return }
            defer { try? handle.close() }
            _ = try? handle.seekToEnd()
            try? handle.write(contentsOf: data)
        }
    }
}

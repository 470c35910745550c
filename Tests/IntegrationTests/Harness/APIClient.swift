import AsyncHTTPClient
import Contracts
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing

/// An HTTP client of ApplicationService, with or without a token. It logs every response, and `specs/validate_http.py`
/// checks the log against the OpenAPI document.
struct APIClient: Sendable {
    /// Scheme, host and port, without a trailing slash.
    let base: String
    let token: String?

    struct Response: Sendable {
        let status: Int
        /// By their names in small notifications.
        let headers: [String: String]
        let body: String

        func decoded<Value: Decodable>(as type: Value.Type = Value.self) throws -> Value {
            do {
                return try JSONDecoder().decode(type, from: Data(body.utf8))
            } catch {
                throw DecodingFailure(status: status, body: body, error: error)
            }
        }
    }

    struct DecodingFailure: Error {
        let status: Int
        let body: String
        let error: any Error
    }

    /// Without retries, so that a service that is down fails a request at once. The client's own retries back off
    /// exponentially (100 ms × 1.25ⁿ), and would still be waiting after the service is back. Redirects are not
    /// followed, and bodies come as they were sent, because tests look at them.
    static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        return HTTPClient(configuration: configuration)
    }()

    /// - Parameter path: percent-encoded, with its query.
    @discardableResult
    func call(
        _ method: String, _ path: String, _ body: String? = nil, _ headers: [String: String] = [:]
    ) async throws -> Response {
        let answer = try await send(method, path, headers, body)
        ResponseLog.append(method, path, answer)
        return answer
    }

    /// A request that the API's document does not describe.
    func send(
        _ method: String, _ path: String, _ headers: [String: String] = [:], _ body: String? = nil
    ) async throws -> Response {
        var request = HTTPClientRequest(url: base + path)
        request.method = HTTPMethod(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.body = .bytes(ByteBuffer(string: body))
            if headers["Content-Type"] == nil { request.headers.add(name: "Content-Type", value: "application/json") }
        }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await Self.http.execute(request, timeout: TimeAmount(testTimeout))
        let bytes = try await response.body.collect(upTo: 8 << 20)
        let fields = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Response(
            status: Int(response.status.code), headers: Dictionary(fields) { "\($0), \($1)" },
            body: String(buffer: bytes))
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Response {
        try await call("GET", path, nil, headers)
    }

    func post(_ path: String, _ body: String, key: String? = nil) async throws -> Response {
        try await call("POST", path, body, key.map { ["Idempotency-Key": $0] } ?? [:])
    }

    // MARK: - Commands

    /// Fixed, so that the same create has the same bytes whenever it is sent.
    private static let referenceTime = Timestamp.now()

    /// - Parameters:
    ///   - startsIn: the time until the start, counted from the first use of this client.
    ///   - extra: one more member of the body, as JSON.
    func create(
        _ id: ID?, spots: Int, fund: ID? = 123, startsIn: Duration = .seconds(30 * 86_400), name: String = "Уборка",
        key: String? = nil, extra: String? = nil
    ) async throws -> Response {
        let (date, start) = CivilClock.civil(Self.referenceTime.advanced(by: startsIn), in: .gmt)
        let fields = [
            id.map { "\"volunteer_application_id\":\"\($0)\"" }, fund.map { "\"fund_id\":\"\($0)\"" },
            "\"available_spots\":\(spots)", "\"application_name\":\"\(name)\"", "\"application_description\":\"\"",
            "\"application_date\":\"\(date)\"", "\"application_starttime\":\"\(start)\"",
            "\"application_endtime\":\"23:59:00\"", "\"time_zone\":\"UTC\"", extra,
        ]
        return try await post("/v1/applications", "{\(fields.compactMap { $0 }.joined(separator: ","))}", key: key)
    }

    /// - Parameter reason: why somebody else declines for the volunteer.
    func respond(
        _ volunteer: ID?, _ id: ID, _ status: String = "accepted", reason: String? = nil, key: String? = nil
    ) async throws -> Response {
        let who = volunteer.map { "\"volunteer_id\":\"\($0)\"," } ?? ""
        let why = reason.map { ",\"reason\":\"\($0)\"" } ?? ""
        return try await post("/v1/applications/\(id)/responses", "{\(who)\"status\":\"\(status)\"\(why)}", key: key)
    }

    /// Polls until the operation has ended.
    func ended(_ accepted: Response) async throws -> API.Operation {
        guard let location = accepted.headers["location"] else { throw NotAccepted(answer: accepted) }
        var operation: API.Operation?
        try await eventually("\(location) ends") {
            operation = try await get(location, ["Prefer": "wait=5"]).decoded(as: API.Operation.self)
            return operation?.hasEnded == true
        }
        guard let operation else { throw NotAccepted(answer: accepted) }
        return operation
    }

    struct NotAccepted: Error {
        let answer: Response
    }
}

/// Resources of the HTTP API, as a client decodes them.
enum API {
    /// An id, written as a number or a string.
    struct ID: Decodable, Hashable, Sendable {
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
            var volunteer_application_id: API.ID?
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
        let volunteer_application_id: API.ID
        let fund_id: API.ID
        let application_name: String
        let starts_at: String
        let ends_at: String
        let available_spots: Int
        let status: String
        let free_spots: Int
        let confirmed: Int
        let waiting: Int
        let cancel_reason: String?
        let created_at: String?
        let updated_at: String?
    }

    struct Response: Decodable, Hashable, Sendable {
        let volunteer_application_id: API.ID
        let volunteer_id: API.ID
        let state: String
        let reason: String?
        let comment: String?
        let created_at: String?
        let updated_at: String?
        let application_status: String
        let cancel_reason: String?
        let position: Int?
        let position_status: String?
        let offer_expires_at: String?
    }

    struct Page<Item: Decodable & Sendable>: Decodable, Sendable {
        let items: [Item]
        let next: String?
    }
}

extension TestSystem {
    /// A client without a token, or with a token issued by ApplicationService's `token` subcommand.
    func client(_ role: String? = nil, _ subject: ID? = nil) async throws -> APIClient {
        let base = "http://127.0.0.1:\(application.httpPort)"
        guard let role, let subject else { return APIClient(base: base, token: nil) }
        let output = try await application.run("token", "--role", role, "--sub", subject.string)
        guard output.exitCode == 0, let token = output.lines.first else {
            throw TokenNotIssued(stderr: output.stderr)
        }
        return APIClient(base: base, token: token)
    }

    struct TokenNotIssued: Error {
        let stderr: String
    }

    /// Settings that require a token of every caller.
    static let authentication = ["AUTH_SECRET": "a secret of thirty-two bytes, at least"]
}

/// All responses, as lines for `specs/validate_http.py`, in the file that `HTTP_JOURNAL` names.
private enum ResponseLog {
    private struct Line: Encodable {
        let method: String
        let path: String
        let status: Int
        let headers: [String: String]
        let body: String
    }

    private static let lock = Mutex(())

    static func append(_ method: String, _ path: String, _ response: APIClient.Response) {
        guard let file = ProcessInfo.processInfo.environment["HTTP_JOURNAL"] else { return }
        let line = Line(
            method: method, path: path, status: response.status, headers: response.headers, body: response.body)
        do {
            try lock.withLock { _ in try LineFile.append(try JSONEncoder().encode(line), to: file) }
        } catch {
            Issue.record("cannot log a response in \(file): \(error)")
        }
    }
}

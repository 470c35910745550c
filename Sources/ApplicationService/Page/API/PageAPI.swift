import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Pages
import Web

/// The API as the page's controllers use it: they send the requests that the visitor could send, in this process, and
/// read the answers. So visibility, idempotency and the passing on to other processes are the API's own.
struct PageAPI: Sendable {
    /// Answers one request; see ``HTTPAPI/answer(_:for:)``.
    typealias Responder = @Sendable (Request, Caller) async throws -> Response

    let visitor: Caller
    private let respond: Responder

    init(_ visitor: Caller, respond: @escaping Responder) {
        self.visitor = visitor
        self.respond = respond
    }

    /// How long a form's answer waits for the end of its operation.
    private static let wait = 2

    // MARK: - Requests

    /// - Parameter path: with its query.
    /// - Throws: a `Problem`.
    func get<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) async throws -> Value {
        try await send(.get, path).decoded()
    }

    /// - Returns: nil if the visitor may not see it, or it does not exist.
    func getIfFound<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) async throws -> Value? {
        do {
            return try await get(path)
        } catch let problem as Problem where problem.code == .notFound {
            return nil
        }
    }

    /// Sends a command, and waits a moment for the end of its operation.
    /// - Parameters:
    ///   - body: a JSON object; empty for none.
    ///   - key: makes two commands of the same form one.
    ///   - tag: of the state that the command was made for; nil for any.
    func command(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8], key: FormKey, onlyIf tag: String? = nil
    ) async throws -> PageOperation {
        var headers: HTTPFields = [.idempotencyKey: key.text, .prefer: "wait=\(Self.wait)"]
        headers[.ifMatch] = tag
        return try await send(method, path, body, headers).decoded()
    }

    /// - Throws: a `Problem` for every answer that is an error.
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8] = [], _ headers: HTTPFields = [:]
    ) async throws -> PageAPIAnswer {
        var headers = headers
        if !body.isEmpty {
            headers[.contentType] = "application/json"
            headers[.contentLength] = String(body.count)
        }
        let head = HTTPRequest(method: method, scheme: nil, authority: nil, path: path, headerFields: headers)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let response = try await respond(request, visitor)
        let answer = PageAPIAnswer(headers: response.headers, body: try await response.collectedBody())
        guard response.status.code < 400 else { throw Problem(answer, status: response.status) }
        return answer
    }
}

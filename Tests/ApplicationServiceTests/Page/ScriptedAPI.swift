import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Specs
import Synchronization
import Web

@testable import ApplicationService

/// The API as a test wants it: it answers with examples of the OpenAPI document, and remembers what it was asked.
final class ScriptedAPI: Sendable {
    struct Asked: Hashable {
        let method: HTTPRequest.Method
        let path: String
        let headers: HTTPFields
        let body: String
    }

    private let asked = Mutex<[Asked]>([])
    private let answers: [String: Response]

    /// - Parameter answers: by the path without its query; any other path is not found.
    init(_ answers: [String: Response]) {
        self.answers = answers
    }

    var requests: [Asked] { asked.withLock { $0 } }

    func page(_ role: Caller.Role) -> PageAPI {
        PageAPI(Caller(role: role, id: .trusted("5"))) { [self] request, _ in
            let body = try await request.body.collect(upTo: 1 << 20)
            let entry = Asked(
                method: request.method, path: request.uri.string, headers: request.headers, body: String(buffer: body))
            asked.withLock { $0.append(entry) }
            return answers[request.uri.path] ?? Problem.notFound.response()
        }
    }

    /// An example of the document, as the answer to a request.
    static func example(_ name: String, status: HTTPResponse.Status = .ok) throws -> Response {
        let document = try JSONSerialization.jsonObject(with: Data(Specs.openAPI)) as? [String: Any]
        let components = document?["components"] as? [String: Any]
        let examples = components?["examples"] as? [String: Any]
        guard let value = (examples?[name] as? [String: Any])?["value"] else { throw NoExample(name: name) }
        let body = try JSONSerialization.data(withJSONObject: value)
        return Response(
            status: status, headers: [.eTag: "\"of \(name)\""],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    struct NoExample: Error {
        let name: String
    }
}

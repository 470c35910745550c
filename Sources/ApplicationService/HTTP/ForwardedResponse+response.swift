import ApplicationDomain
import Contracts
import HTTPTypes
import Hummingbird
import Web

extension ForwardedResponse {
    /// The response of this process, as a reply to another one.
    init(_ response: Response) async throws {
        let body = try await response.collectedBody()
        self.init(
            status: response.status.code,
            headers: response.headers.forwarded,
            body: body.isEmpty ? nil : String(decoding: body, as: UTF8.self))
    }

    /// The response to the client.
    var response: Response {
        Response(
            status: HTTPResponse.Status(code: status), headers: HTTPFields(headers),
            body: body.map { ResponseBody(byteBuffer: ByteBuffer(string: $0)) } ?? ResponseBody())
    }
}

extension AcceptedCommand {
    /// A replay that another process has found; nil for any other answer.
    init?(replayed answer: ForwardedResponse) {
        let location = answer.headers.first { $0.name.lowercased() == "location" }?.value
        guard let id = location?.split(separator: "/").last, let operation = OperationID(parsing: String(id)) else {
            return nil
        }
        self.init(operation: operation, body: Array((answer.body ?? "").utf8), isReplay: true)
    }
}

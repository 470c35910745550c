import HTTPTypes
import Hummingbird
import Web

extension Response {
    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An application, a response or a list of them: personal, and stale at the next write.
    static func fresh(_ representation: some JSONRepresentable) -> Response {
        json(representation.encoded(), headers: [.cacheControl: "private, no-cache"])
    }

    /// 202 with the operation to poll (contract section 8).
    static func accepted(_ command: AcceptedCommand) -> Response {
        var headers: HTTPFields = [
            .location: "/v1/operations/\(command.operation)", .retryAfter: "1", .cacheControl: "no-store",
        ]
        if command.isReplay { headers[.idempotentReplayed] = "true" }
        return json(command.body, status: .accepted, headers: headers)
    }
}

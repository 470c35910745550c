import Contracts
import HTTPTypes
import Web

extension ForwardedResponse {
    /// A JSON document. It is personal, and stale at the next write.
    static func json(_ bytes: [UInt8], status: Int = 200) -> ForwardedResponse {
        ForwardedResponse(
            status: status,
            headers: [
                ForwardedField(name: "Content-Type", value: "application/json"),
                ForwardedField(name: "Cache-Control", value: "no-store"),
            ],
            body: String(decoding: bytes, as: UTF8.self))
    }

    init(_ problem: Problem) {
        let contentType = ForwardedField(name: "Content-Type", value: "application/problem+json")
        self.init(
            status: problem.status.code,
            headers: [contentType] + problem.headers.forwarded,
            body: String(decoding: problem.json, as: UTF8.self))
    }
}

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

    /// A JSON document with its entity tag. 304 if the client has it.
    static func fresh(_ json: [UInt8], for request: NotifierRequest) -> ForwardedResponse {
        let tag = EntityTag(ofContent: json)
        let headers: HTTPFields = [
            .eTag: tag.headerValue, .cacheControl: "private, no-cache", .vary: "Authorization",
            .contentType: "application/json",
        ]
        if tag.matchesIfNoneMatch(in: HTTPFields(request.forwarded.headers)) {
            return ForwardedResponse(status: 304, headers: headers.filter { $0.name != .contentType }.forwarded)
        }
        return ForwardedResponse(
            status: 200, headers: headers.forwarded, body: String(decoding: json, as: UTF8.self))
    }

    /// What a partition has of a list over all partitions.
    static func part(_ part: ListPart) -> ForwardedResponse {
        ForwardedResponse(
            status: 200, headers: [ForwardedField(name: "Content-Type", value: ListPart.contentType)],
            body: String(decoding: part.bounded().encoded(), as: UTF8.self))
    }

    init(_ problem: Problem) {
        let contentType = ForwardedField(name: "Content-Type", value: "application/problem+json")
        self.init(
            status: problem.status.code,
            headers: [contentType] + problem.headers.forwarded,
            body: String(decoding: problem.json, as: UTF8.self))
    }
}

import Foundation
package import HTTPTypes
package import Hummingbird

/// What a caller is told when a request cannot be served: a problem document (RFC 9457).
///
/// It is made to be read by strangers: `detail` and the items name rules and places, never values of others, secrets or
/// what our machine said. Thrown out of a route it becomes the response by itself.
package struct Problem: Error, Sendable, Hashable {
    package let code: Code
    /// What is wrong this time, in a sentence for a person.
    package let detail: String
    /// What is wrong with single fields; empty unless the code is ``Code/validation``.
    package let errors: [Item]
    /// What the response has besides `Content-Type`: `Retry-After`, `Allow`, `WWW-Authenticate`.
    package var headers: HTTPFields

    package init(_ code: Code, _ detail: String, errors: [Item] = [], headers: HTTPFields = [:]) {
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// One field that breaks a rule.
    package struct Item: Sendable, Hashable, Encodable {
        /// Where: a JSON pointer (RFC 6901) into the body, `/available_spots`; empty for the body as a whole.
        package let pointer: String
        package let code: Code
        /// The rule, without the value.
        package let detail: String

        package init(pointer: String, code: Code, detail: String) {
            self.pointer = pointer
            self.code = code
            self.detail = detail
        }

        /// What kind of rule was broken.
        package enum Code: String, CaseIterable, Sendable, Encodable {
            case missingField = "missing_field"
            case wrongType = "wrong_type"
            case badValue = "bad_value"
            case notAllowed = "not_allowed"
        }
    }
}

// MARK: - On the wire

extension Problem: Encodable {
    /// The document: as a response's body, and as the `error` of an operation that failed.
    package var json: [UInt8] {
        // Texts and a number: there is nothing in it that the encoder could refuse.
        (try? Self.encoder.encode(self)).map { [UInt8]($0) } ?? []
    }

    /// The response's body; its media type is `application/problem+json`.
    package var body: [UInt8] { json }

    package func response() -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        return Response(status: code.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode("urn:waiting-list:problem:\(code.rawValue)", forKey: .type)
        try fields.encode(code.title, forKey: .title)
        try fields.encode(code.status.code, forKey: .status)
        try fields.encode(detail, forKey: .detail)
        try fields.encode(code.rawValue, forKey: .code)
        if !errors.isEmpty { try fields.encode(errors, forKey: .errors) }
    }

    private enum Field: String, CodingKey {
        case type
        case title
        case status
        case detail
        case code
        case errors
    }

    /// Sorted, so that the same problem is the same bytes: an operation's entity tag depends on them.
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
}

extension Problem: HTTPResponseError {
    package var status: HTTPResponse.Status { code.status }

    package func response(from request: Request, context: some RequestContext) -> Response {
        response()
    }
}

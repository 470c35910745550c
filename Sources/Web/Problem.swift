import Foundation
package import HTTPTypes
package import Hummingbird

/// Why a request cannot be served: a problem document (RFC 9457).
///
/// Safe to show to anyone: `detail` and the items name rules and fields, never values, secrets or system errors.
/// Hummingbird turns a thrown problem into its response.
package struct Problem: Error, Sendable, Hashable {
    package let code: Code
    /// The cause in one sentence, for people.
    package let detail: String
    /// The invalid fields; empty unless the code is ``Code/validation`` or ``Code/callbackURLRefused``.
    package let errors: [Item]
    /// Header fields besides `Content-Type`: `Retry-After`, `Allow`, `WWW-Authenticate`.
    package var headers: HTTPFields

    package init(_ code: Code, _ detail: String, errors: [Item] = [], headers: HTTPFields = [:]) {
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// One invalid field.
    package struct Item: Sendable, Hashable, Encodable {
        /// A JSON pointer (RFC 6901) into the body, `/available_spots`; empty for the whole body.
        package let pointer: String
        package let code: Code
        /// The violated rule, without the value.
        package let detail: String

        package init(pointer: String, code: Code, detail: String) {
            self.pointer = pointer
            self.code = code
            self.detail = detail
        }

        /// The kind of the violated rule.
        package enum Code: String, CaseIterable, Sendable, Encodable {
            case missingField = "missing_field"
            case wrongType = "wrong_type"
            case badValue = "bad_value"
        }
    }
}

// MARK: - On the wire

extension Problem: Encodable {
    /// The document: a response's body (`application/problem+json`), and the `error` of a failed operation.
    package var json: [UInt8] {
        // Strings and an integer: encoding them cannot fail.
        (try? Self.encoder.encode(self)).map { [UInt8]($0) } ?? []
    }

    package func response() -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        return Response(status: code.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
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

    /// Sorted keys, so that the same problem always has the same bytes.
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

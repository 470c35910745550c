/// Why a body is not a message of contract section 2, in words that are safe to show and to log.
///
/// It names the field by JSON pointer (RFC 6901) and the broken rule. It never quotes the value, which may be personal
/// data.
public struct MessageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of rule that was broken.
    public enum Code: String, CaseIterable, Sendable {
        /// The body is not JSON (RFC 8259) in UTF-8, or not a JSON object.
        case notJSON
        /// Arrays and objects nest deeper than ``Limits/nestingDepth``.
        case tooDeep
        /// The JSON object is neither an envelope nor one of the flat records.
        case unknownShape
        /// The `action` is not that of an enveloped message.
        case unknownAction
        /// A required field is absent or null.
        case missingField
        /// A field has the wrong JSON type.
        case wrongType
        /// The type is right, but the value is out of range, too long, unknown or not a real date.
        case badValue
    }

    /// The kind of rule that was broken.
    public let code: Code
    /// A JSON pointer into the body, such as `/data/available_spots`; empty for the body as a whole.
    public let pointer: String
    /// The rule, in English, without the value.
    public let detail: String

    /// - Parameters:
    ///   - pointer: a JSON pointer into the body; empty for the body as a whole.
    ///   - detail: the broken rule. It is shown and logged, so it must not quote the value.
    public init(code: Code, pointer: String = "", detail: String) {
        self.code = code
        self.pointer = pointer
        self.detail = detail
    }

    /// The pointer, if any, and the rule; safe to show and to log.
    public var description: String {
        pointer.isEmpty ? detail : "\(pointer): \(detail)"
    }

    /// The same error with another pointer, for a value that was checked without knowledge of its field.
    public func at(_ pointer: String) -> MessageError {
        MessageError(code: code, pointer: pointer, detail: detail)
    }

    /// Converts an error that `JSONDecoder` threw while decoding one of this module's types. `DecodingError` quotes
    /// values in its description; this does not.
    public init(decoding error: any Error) {
        switch error {
        case let error as MessageError:
            self = error
        case DecodingError.typeMismatch(let type, let context):
            self.init(
                code: .wrongType, pointer: Self.pointer(context.codingPath), detail: "must be \(Self.word(for: type))")
        case DecodingError.keyNotFound(let key, let context):
            self.init(code: .missingField, pointer: Self.pointer(context.codingPath, key), detail: "is required")
        case DecodingError.valueNotFound(_, let context):
            self.init(code: .missingField, pointer: Self.pointer(context.codingPath), detail: "is required")
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            self.init(code: .badValue, pointer: Self.pointer(context.codingPath), detail: "has a bad value")
        default:
            self.init(code: .notJSON, detail: "the body is not JSON in UTF-8")
        }
    }

    /// By RFC 6901, with `~` and `/` in a name escaped as `~0` and `~1`.
    static func pointer(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
        var pointer = ""
        for key in path + (last.map { [$0] } ?? []) {
            pointer.append("/")
            for scalar in (key.intValue.map { String($0) } ?? key.stringValue).unicodeScalars {
                switch scalar {
                case "~": pointer.append("~0")
                case "/": pointer.append("~1")
                default: pointer.unicodeScalars.append(scalar)
                }
            }
        }
        return pointer
    }

    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Int64.Type, is Int.Type: "an integer"
        case is Bool.Type: "true or false"
        case is [Any].Type: "an array"
        default: "an object"
        }
    }
}

/// A value in a message's headers or in the arguments of a queue.
package enum HeaderValue: Sendable, Hashable {
    case string(String)
    /// Every integer kind of AMQP 0-9-1, and its timestamp (seconds).
    case int(Int64)
    case bool(Bool)
    case double(Double)
    /// A byte array, or a long string that is not UTF-8.
    case bytes([UInt8])
    case table([String: HeaderValue])
    case array([HeaderValue])
    case null
    /// A kind we read nothing from (a decimal, an integer above Int64.max, a nesting deeper than 16); written as null.
    case other(UInt8)
}

extension HeaderValue {
    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    package var intValue: Int64? { if case .int(let value) = self { value } else { nil } }
}

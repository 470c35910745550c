/// A value in a message's headers or in a queue's arguments.
package enum HeaderValue: Sendable, Hashable {
    case string(String)
    /// Any integer type of AMQP 0-9-1, or a timestamp in seconds.
    case int(Int64)
    case bool(Bool)
    case double(Double)
    /// A byte array, or a long string that is not UTF-8.
    case bytes([UInt8])
    case table([String: HeaderValue])
    case array([HeaderValue])
    case null
    /// The AMQP type of a value that is not read: a decimal, an integer above Int64.max, or a value nested deeper than
    /// 16 levels. Written as null.
    case other(UInt8)
}

extension HeaderValue {
    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    package var intValue: Int64? { if case .int(let value) = self { value } else { nil } }
}

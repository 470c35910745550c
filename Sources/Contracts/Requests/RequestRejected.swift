/// A question cannot be read, or not be answered now: `question_refused`. It is an answer too, so that nobody who asks
/// waits in vain.
public struct RequestRejected: Hashable, Sendable {
    /// Why, in words that are safe to show and to log.
    public var reason: String

    /// Takes the value as it is; only what is read is checked.
    public init(reason: String) {
        self.reason = reason
    }
}

extension RequestRejected {
    init(_ fields: KeyedDecodingContainer<Field>) throws {
        reason = try fields.required(.reason, fields.text(.reason, in: Limits.reason))
    }

    func write(to json: inout JSONWriter) {
        json.field(.reason, reason)
    }
}

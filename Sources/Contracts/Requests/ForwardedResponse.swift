/// The owner's answer to a ``ForwardedRequest``: `forwarded_response`.
public struct ForwardedResponse: Hashable, Sendable {
    /// The HTTP status code.
    public var status: Int
    /// All header fields that the owner has set.
    public var headers: [ForwardedField]
    /// The body; nil without one.
    public var body: String?

    /// Values are not checked here; decoding checks them.
    public init(status: Int, headers: [ForwardedField] = [], body: String? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension ForwardedResponse: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        status = try fields.required(.status, fields.count(.status, in: 200...599))
        headers = try fields.objects(.headers, of: ForwardedField.self) ?? []
        body = try fields.text(.body, in: 0...Limits.forwardedResponseBytes)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.status, status)
        try writer.objects(.headers, headers)
        try writer.field(.body, body)
    }
}

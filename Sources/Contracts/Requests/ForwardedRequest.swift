/// An HTTP request that one process of ApplicationService passes on to the owner of the partition that it concerns:
/// `forwarded_request` (contract section 8). The reply is ``ForwardedResponse``.
///
/// The process that received it has authenticated the caller and counted the request; it never sends the token.
public struct ForwardedRequest: Hashable, Sendable {
    /// The HTTP method.
    public var method: String
    /// The path and the query, percent-encoded as the client sent them.
    public var path: String
    /// The role of the caller's token.
    public var role: String
    /// The `sub` of the caller's token; nil while no caller needs a token.
    public var caller: ID?
    /// The header fields that the answer depends on.
    public var headers: [ForwardedField]
    /// The body; nil without one.
    public var body: String?
    /// The id of a new application whose body names none.
    public var assignedID: ID?
    /// Whether only the part of a list that is in this partition is asked for.
    public var isPart: Bool
    /// The SHA-256 of the body in hexadecimal digits, if only the answer to an earlier command with the same
    /// Idempotency-Key is asked for.
    public var bodyDigest: String?

    /// Values are not checked here; decoding checks them.
    public init(
        method: String, path: String, role: String, caller: ID?, headers: [ForwardedField] = [], body: String? = nil,
        assignedID: ID? = nil, isPart: Bool = false, bodyDigest: String? = nil
    ) {
        self.method = method
        self.path = path
        self.role = role
        self.caller = caller
        self.headers = headers
        self.body = body
        self.assignedID = assignedID
        self.isPart = isPart
        self.bodyDigest = bodyDigest
    }
}

extension ForwardedRequest: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        method = try fields.required(.method, fields.text(.method, in: Limits.forwardedName))
        path = try fields.required(.path, fields.text(.path, in: Limits.forwardedText))
        role = try fields.required(.role, fields.text(.role, in: Limits.forwardedName))
        caller = try fields.id(.caller, .enveloped)
        headers = try fields.objects(.headers, of: ForwardedField.self) ?? []
        body = try fields.text(.body, in: 0...Limits.forwardedRequestBytes)
        assignedID = try fields.id(.assignedID, .enveloped)
        isPart = try fields.bool(.part) ?? false
        bodyDigest = try fields.text(.bodyDigest, in: 64...64)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.method, method)
        try writer.field(.path, path)
        try writer.field(.role, role)
        try writer.id(.caller, caller, .enveloped)
        try writer.objects(.headers, headers)
        try writer.field(.body, body)
        try writer.id(.assignedID, assignedID, .enveloped)
        try writer.field(.part, isPart ? true : nil)
        try writer.field(.bodyDigest, bodyDigest)
    }
}

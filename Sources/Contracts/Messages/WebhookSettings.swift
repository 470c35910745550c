/// A caller's signing secret and webhook endpoints, all of them, as they are now: `webhook_settings` (contract section
/// 8). ApplicationService, where they are changed, sends it to every partition of NotifierService.
public struct WebhookSettings: Hashable, Sendable {
    /// The caller's name, such as `fund:456`.
    public var caller: String
    /// How many times the caller's signing secret was rotated.
    public var generation: Int
    /// When it was rotated last; until a day later the secret before it signs too.
    public var rotatedAt: Timestamp?
    /// At most ``Limits/webhookEndpoints``.
    public var endpoints: [WebhookEndpoint]

    /// Values are not checked here; decoding checks them.
    public init(
        caller: String, generation: Int = 0, rotatedAt: Timestamp? = nil, endpoints: [WebhookEndpoint] = []
    ) {
        self.caller = caller
        self.generation = generation
        self.rotatedAt = rotatedAt
        self.endpoints = endpoints
    }
}

extension WebhookSettings: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        caller = try fields.required(.caller, fields.text(.caller, in: Limits.callerName))
        generation = try fields.required(.generation, fields.count(.generation, in: 0...Int(Int32.max)))
        rotatedAt = try fields.timestamp(.rotatedAt)?.timestamp(in: .gmt)
        endpoints = try fields.required(.endpoints, fields.objects(.endpoints, of: WebhookEndpoint.self))
        guard Limits.webhookEndpoints.contains(endpoints.count) else {
            throw fields.error(.badValue, .endpoints, "has more than \(Limits.webhookEndpoints.upperBound) endpoints")
        }
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.caller, caller)
        try writer.field(.generation, generation)
        try writer.field(.rotatedAt, rotatedAt.map { .instant($0) })
        try writer.objects(.endpoints, endpoints)
    }
}

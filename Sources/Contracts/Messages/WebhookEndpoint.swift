/// Where a caller wants to be told of events, in ``WebhookSettings``.
public struct WebhookEndpoint: Hashable, Sendable {
    /// Assigned by ApplicationService.
    public var endpointID: String
    /// Where events are posted.
    public var url: String
    /// The types of events that are posted there; empty for all.
    public var events: [String]
    /// When it was created, or was last enabled again after it had been disabled.
    public var enabledAt: Timestamp

    /// Values are not checked here; decoding checks them.
    public init(endpointID: String, url: String, events: [String] = [], enabledAt: Timestamp) {
        self.endpointID = endpointID
        self.url = url
        self.events = events
        self.enabledAt = enabledAt
    }

    /// Whether events of a type are posted there.
    public func receives(_ type: String) -> Bool { events.isEmpty || events.contains(type) }
}

extension WebhookEndpoint: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        endpointID = try fields.required(.endpointID, fields.text(.endpointID, in: Limits.webhookName))
        url = try fields.required(.url, fields.text(.url, in: Limits.callbackURL))
        events = try fields.text(.events, in: Limits.webhookEvents)?.split(separator: " ").map(String.init) ?? []
        enabledAt = try fields.required(.enabledAt, fields.timestamp(.enabledAt)).timestamp(in: .gmt)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.endpointID, endpointID)
        try writer.field(.url, url)
        if !events.isEmpty { try writer.field(.events, events.joined(separator: " ")) }
        try writer.field(.enabledAt, .instant(enabledAt))
    }
}

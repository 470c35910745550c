/// Commands from outside that the owner of `application.ingress` passes on to the partition that decides them:
/// `forwarded_commands` (contract section 3). They are in the order of arrival, and the next ones follow once the
/// broker has confirmed these.
///
/// It is not a ``Message``: it is a container of messages, belongs to no stream and is not stored.
public struct ForwardedCommands: Hashable, Sendable {
    /// The word in `action` and in the AMQP property `type`.
    public enum Action: String, CaseIterable, Sendable {
        /// The only one.
        case forwardedCommands = "forwarded_commands"
    }

    /// The commands, at least one unless there is a marker.
    public var commands: [ForwardedCommand]
    /// Asks the partition, if it is served by the process that sent it, to say when it has committed everything that
    /// was in its queue before.
    public var marker: String?

    /// Values are not checked here; decoding checks them.
    public init(commands: [ForwardedCommand], marker: String? = nil) {
        self.commands = commands
        self.marker = marker
    }

    /// Reads `{"action": …, "data": {…}}` and checks every field; unknown fields are ignored. No input traps.
    /// - Throws: ``MessageError``, which is safe to show.
    public init(parsing body: some Collection<UInt8>) throws(MessageError) {
        self = try JSONBody.read(Envelope.self, from: body).data
    }

    /// The body to publish: compact JSON in UTF-8, slashes not escaped. It never fails.
    public func encoded() -> [UInt8] { Envelope(data: self).json() }

    private struct Envelope: FieldCodable {
        let data: ForwardedCommands

        init(data: ForwardedCommands) { self.data = data }

        init(_ fields: some FieldReader) throws {
            _ = try fields.required(.action, fields.word(.action, as: Action.self))
            data = try ForwardedCommands(fields.required(.data, fields.object(.data)))
        }

        func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
            try writer.envelope(Action.forwardedCommands, data)
        }
    }
}

extension ForwardedCommands: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        commands = try fields.required(.commands, fields.objects(.commands, of: ForwardedCommand.self))
        marker = try fields.text(.marker, in: Limits.handshake)
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.objects(.commands, commands)
        try writer.field(.marker, marker)
    }
}

/// A header field of a ``ForwardedRequest`` or a ``ForwardedResponse``.
public struct ForwardedField: Hashable, Sendable {
    /// The field's name.
    public var name: String
    /// The field's value.
    public var value: String

    /// Values are not checked here; decoding checks them.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

extension ForwardedField: Codable, FieldCodable {
    init(_ fields: some FieldReader) throws {
        name = try fields.required(.name, fields.text(.name, in: Limits.forwardedName))
        value = try fields.required(.value, fields.text(.value, in: 0...Limits.forwardedText.upperBound))
    }

    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure) {
        try writer.field(.name, name)
        try writer.field(.value, value)
    }
}

/// The data of a command that may also arrive over HTTP, where the path and the caller give some of the fields.
protocol CommandData: FieldCodable {
    /// - Parameter given: what need not be in the body; `nil` for a message, which has every field in its body.
    init(_ fields: KeyedDecodingContainer<Field>, given: CommandBody.Given?) throws
}

extension CommandData {
    init(_ fields: KeyedDecodingContainer<Field>) throws {
        try self.init(fields, given: nil)
    }
}

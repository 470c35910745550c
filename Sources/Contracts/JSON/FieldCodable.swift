/// A JSON object of the contract. Its fields are described twice, once to read and once to write; `Codable` follows
/// from these two, so that no field can be in one writer and missing in the other.
protocol FieldCodable: Codable {
    /// Reads and checks every field; unknown fields are ignored.
    init(_ fields: KeyedDecodingContainer<Field>) throws
    /// Writes every field, in the order of contract section 2.
    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure)
}

extension FieldCodable {
    /// Reads the object and checks every field.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.container(keyedBy: Field.self))
    }

    /// Writes the object.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try write(to: &fields)
    }

    /// The object as compact JSON. It never fails.
    func json() -> [UInt8] {
        ObjectWriter<Field>.object { write(to: &$0) }
    }
}

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

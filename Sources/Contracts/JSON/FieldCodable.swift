/// A JSON object of the contract. Its fields are described twice, once to read and once to write; `Codable` follows
/// from these two, so that no field can be in one writer and missing in the other.
protocol FieldCodable: Codable {
    /// Reads and checks every field; unknown fields are ignored.
    init(_ fields: some FieldReader) throws
    /// Writes every field, in the order of contract section 2.
    func write<Writer: FieldWriter>(to writer: inout Writer) throws(Writer.Failure)
    /// The texts that are checked when the object comes from outside. Reading it does not check them, because a file
    /// may hold texts that an earlier version accepted, and sends them on.
    var texts: [CheckedText] { get }
}

extension FieldCodable {
    var texts: [CheckedText] { [] }

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
    init(_ fields: some FieldReader, given: CommandBody.Given?) throws
}

extension CommandData {
    init(_ fields: some FieldReader) throws {
        try self.init(fields, given: nil)
    }
}

/// Reads a body from outside: one JSON object in UTF-8 by RFC 8259, whose fields the type checks.
enum JSONBody {
    private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// A byte order mark is skipped, as RFC 8259 section 8.1 allows. No input traps.
    static func read<Value: FieldCodable>(
        _ type: Value.Type, from body: some Collection<UInt8>
    ) throws(MessageError) -> Value {
        let bytes = body.starts(with: byteOrderMark) ? Array(body.dropFirst(byteOrderMark.count)) : Array(body)
        if let error = bytes.withUnsafeBufferPointer(JSONSyntax.check) { throw error }
        return try read(bytes) { try Value($0) }
    }

    /// - Parameter bytes: checked by ``JSONSyntax``.
    static func read<Value>(
        _ bytes: [UInt8], _ make: (JSONObject) throws -> Value
    ) throws(MessageError) -> Value {
        let fields = try JSONObject(body: bytes)
        do {
            return try make(fields)
        } catch {
            throw MessageError(decoding: error)
        }
    }
}

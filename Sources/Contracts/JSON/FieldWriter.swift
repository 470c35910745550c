/// Receives the fields of a message, in the order in which a message writes them. A field whose value is `nil` is left
/// out.
///
/// Two types conform: ``ObjectWriter``, which writes bytes and never fails, and `KeyedEncodingContainer`, which serves
/// any `Encoder`.
protocol FieldWriter {
    /// `Never` for a writer that cannot fail.
    associatedtype Failure: Error

    mutating func field(_ field: Field, _ text: String?) throws(Failure)
    mutating func field(_ field: Field, _ number: Int64?) throws(Failure)
    mutating func field(_ field: Field, _ number: Int?) throws(Failure)
    mutating func field(_ field: Field, _ bool: Bool?) throws(Failure)
    mutating func field(_ field: Field, _ time: WireTime?) throws(Failure)
    mutating func id(_ field: Field, _ id: ID?, _ form: IDForm) throws(Failure)
    mutating func ids(_ field: Field, _ ids: [ID], _ form: IDForm) throws(Failure)
    mutating func object(_ field: Field, _ object: some FieldCodable) throws(Failure)
    mutating func objects(_ field: Field, _ objects: [some FieldCodable]) throws(Failure)
}

extension FieldWriter {
    /// `{"action": …, "data": {…}}`
    mutating func envelope(_ action: some RawRepresentable<String>, _ data: some FieldCodable) throws(Failure) {
        try field(.action, action.rawValue)
        try object(.data, data)
    }
}

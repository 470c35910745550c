/// Gives the fields of an object of the contract. An absent field and one that is `null` are both `nil`.
///
/// Two types conform: ``JSONObject``, which reads bytes, and `KeyedDecodingContainer`, which serves any `Decoder`. They
/// throw errors that ``MessageError/init(decoding:)`` turns into the same one; a test compares the two.
protocol FieldReader {
    /// Whether the field is there, if only as `null`.
    func contains(_ field: Field) -> Bool
    func string(_ field: Field) throws -> String?
    func number(_ field: Field) throws -> Int64?
    func bool(_ field: Field) throws -> Bool?
    func strings(_ field: Field) throws -> [String]?
    /// - Parameter form: the likely form: a number in an envelope, a string in a flat record. Both forms are read.
    func id(_ field: Field, _ form: IDForm) throws -> ID?
    func ids(_ field: Field) throws -> [ID]?
    func object(_ field: Field) throws -> Self?
    func objects(_ field: Field) throws -> [Self]?
    /// A JSON pointer from the body to the field.
    func pointer(to field: Field) -> String
}

/// Each method reads one field and checks it by the rules of contract sections 1 and 2. The errors name the field.
extension FieldReader {
    func required<T>(_ field: Field, _ value: T?) throws -> T {
        guard let value else { throw error(.missingField, field, "is required") }
        return value
    }

    /// The application that a command is about. If the path names it, the body may omit it, but not name another.
    func applicationID(_ given: CommandBody.Given?) throws -> ID {
        let id = try id(.volunteerApplicationID, .enveloped)
        guard let given else { return try required(.volunteerApplicationID, id) }
        guard id == nil || id == given.applicationID else {
            throw error(.badValue, .volunteerApplicationID, "must be the id in the path, or absent")
        }
        return given.applicationID
    }

    func objects<Element: FieldCodable>(_ field: Field, of type: Element.Type) throws -> [Element]? {
        try objects(field)?.map { try Element($0) }
    }

    func integer(_ field: Field, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let number = try number(field) else { return nil }
        guard range.contains(number) else { throw error(.badValue, field, Self.rule(range)) }
        return number
    }

    func count(_ field: Field, in range: ClosedRange<Int>) throws -> Int? {
        try integer(field, in: Int64(range.lowerBound)...Int64(range.upperBound)).map { Int($0) }
    }

    func text(_ field: Field, in length: ClosedRange<Int>) throws -> String? {
        guard let text = try string(field) else { return nil }
        // A scalar has at least one byte, so a text of few bytes needs no count of scalars.
        let bytes = text.utf8.count
        guard bytes >= length.lowerBound, bytes <= length.upperBound || length.contains(text.unicodeScalars.count)
        else {
            throw error(.badValue, field, "must have \(length.lowerBound) to \(length.upperBound) characters")
        }
        return text
    }

    func word<Word: RawRepresentable & CaseIterable>(_ field: Field, as type: Word.Type) throws -> Word?
    where Word.RawValue == String {
        guard let text = try string(field) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(.badValue, field, "must be one of: \(words)")
        }
        return word
    }

    private func parsed<Value>(_ field: Field, by parse: (String) throws(MessageError) -> Value) throws -> Value? {
        guard let text = try string(field) else { return nil }
        do {
            return try parse(text)
        } catch {
            throw error.at(pointer(to: field))
        }
    }

    func timestamp(_ field: Field) throws -> WireTime? { try parsed(field, by: WireTime.init(parsing:)) }

    func civilDate(_ field: Field) throws -> CivilDate? { try parsed(field, by: CivilDate.init(parsing:)) }

    func civilTime(_ field: Field) throws -> CivilTime? { try parsed(field, by: CivilTime.init(parsing:)) }

    func streamName(_ field: Field) throws -> StreamName? {
        guard let text = try string(field) else { return nil }
        guard let name = StreamName(parsing: text) else {
            throw error(.badValue, field, "must be the name of a stream, such as application.p00>waitlist.p00")
        }
        return name
    }

    /// The name is not looked up: between services it may be one that only the sender's machine knows.
    func timeZone(_ field: Field) throws -> String? {
        guard let name = try string(field) else { return nil }
        guard TimeZoneDatabase.isName(name) else { throw error(.badValue, field, TextRule.timeZoneForm) }
        return name
    }

    /// An instant in a field that messages from outside need not know: there any other value counts as absent.
    func instantIfReadable(_ field: Field) -> Timestamp? {
        guard contains(field), case .instant(let instant)? = try? timestamp(field) else { return nil }
        return instant
    }

    func error(_ code: MessageError.Code, _ field: Field, _ detail: String) -> MessageError {
        MessageError(code: code, pointer: pointer(to: field), detail: detail)
    }

    func id(number: Int64, _ field: Field) throws -> ID {
        guard let id = ID(number: number) else { throw error(.badValue, field, ID.rule) }
        return id
    }

    func id(string: String, _ field: Field) throws -> ID {
        guard let id = ID(validating: string) else { throw error(.badValue, field, ID.rule) }
        return id
    }

    static var numberRule: String { "must be an integer in range" }
    static var unicodeRule: String { "must be valid Unicode" }

    private static func rule(_ range: ClosedRange<Int64>) -> String {
        range.upperBound == .max
            ? "must be an integer of at least \(range.lowerBound)"
            : "must be an integer from \(range.lowerBound) to \(range.upperBound)"
    }
}

/// Each method reads one field and checks it by the rules of contract sections 1 and 2. The errors name the field.
///
/// All of them use `decodeIfPresent`, which treats `null` as absent and reports absence without throwing.
extension KeyedDecodingContainer where Key == Field {
    func required<T>(_ field: Field, _ value: T?) throws -> T {
        guard let value else { throw error(.missingField, field, "is required") }
        return value
    }

    /// - Parameter form: the likely form: a number in an envelope, a string in a flat record. Both forms are read; the
    ///   other one costs about a microsecond more.
    func id(_ field: Field, _ form: IDForm) throws -> ID? {
        switch form {
        case .enveloped:
            do {
                return try numberID(field)
            } catch DecodingError.typeMismatch {
                return try stringID(field)
            }
        case .flat:
            do {
                return try stringID(field)
            } catch DecodingError.typeMismatch {
                return try numberID(field)
            }
        }
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

    func ids(_ field: Field) throws -> [ID]? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        var container = try nestedUnkeyedContainer(forKey: field)
        var ids: [ID] = []
        ids.reserveCapacity(container.count ?? 0)
        // Most lists use one form throughout, so the form of the last id is tried first for the next.
        var numberFirst = true
        while !container.isAtEnd {
            let id: ID?
            do {
                id =
                    numberFirst
                    ? try ID(number: container.decode(Int64.self)) : try ID(validating: container.decode(String.self))
            } catch DecodingError.typeMismatch where numberFirst {
                numberFirst = false
                continue
            } catch DecodingError.typeMismatch {
                id = try ID(number: container.decode(Int64.self))
                numberFirst = true
            } catch let error as DecodingError {
                throw error
            } catch {
                id = nil
            }
            guard let id else {
                let pointer = MessageError.pointer(codingPath, field) + "/\(ids.count)"
                throw MessageError(code: .badValue, pointer: pointer, detail: ID.rule)
            }
            ids.append(id)
        }
        return ids
    }

    func objects<Element: FieldCodable>(_ field: Field, of type: Element.Type) throws -> [Element]? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        var container = try nestedUnkeyedContainer(forKey: field)
        var elements: [Element] = []
        while !container.isAtEnd { elements.append(try Element(container.nestedContainer(keyedBy: Field.self))) }
        return elements
    }

    func integer(_ field: Field, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let number = try value(field, as: Int64.self) else { return nil }
        guard range.contains(number) else { throw error(.badValue, field, Self.rule(range)) }
        return number
    }

    func count(_ field: Field, in range: ClosedRange<Int>) throws -> Int? {
        try integer(field, in: Int64(range.lowerBound)...Int64(range.upperBound)).map { Int($0) }
    }

    func bool(_ field: Field) throws -> Bool? {
        try value(field, as: Bool.self)
    }

    func text(_ field: Field, in length: ClosedRange<Int>) throws -> String? {
        guard let text = try value(field, as: String.self) else { return nil }
        // A scalar has at least one byte, so a text of few bytes needs no count of scalars.
        let bytes = text.utf8.count
        guard bytes >= length.lowerBound, bytes <= length.upperBound || length.contains(text.unicodeScalars.count)
        else {
            throw error(.badValue, field, "must have \(length.lowerBound) to \(length.upperBound) characters")
        }
        return text
    }

    /// An array of texts.
    func texts(_ field: Field) throws -> [String]? { try value(field, as: [String].self) }

    func word<Word: RawRepresentable & CaseIterable>(_ field: Field, as type: Word.Type) throws -> Word?
    where Word.RawValue == String {
        guard let text = try value(field, as: String.self) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(.badValue, field, "must be one of: \(words)")
        }
        return word
    }

    private func parsed<Value>(_ field: Field, by parse: (String) throws(MessageError) -> Value) throws -> Value? {
        guard let text = try value(field, as: String.self) else { return nil }
        do {
            return try parse(text)
        } catch {
            throw error.at(MessageError.pointer(codingPath, field))
        }
    }

    func timestamp(_ field: Field) throws -> WireTime? { try parsed(field, by: WireTime.init(parsing:)) }

    func civilDate(_ field: Field) throws -> CivilDate? { try parsed(field, by: CivilDate.init(parsing:)) }

    func civilTime(_ field: Field) throws -> CivilTime? { try parsed(field, by: CivilTime.init(parsing:)) }

    func streamName(_ field: Field) throws -> StreamName? {
        guard let text = try value(field, as: String.self) else { return nil }
        guard let name = StreamName(parsing: text) else {
            throw error(.badValue, field, "must be the name of a stream, such as application.p00>waitlist.p00")
        }
        return name
    }

    /// The name is not looked up: between services it may be one that only the sender's machine knows.
    func timeZone(_ field: Field) throws -> String? {
        guard let name = try value(field, as: String.self) else { return nil }
        guard TimeZoneDatabase.isName(name) else { throw error(.badValue, field, TextRule.timeZoneForm) }
        return name
    }

    /// An instant in a field that messages from outside need not know: there any other value counts as absent.
    func instantIfReadable(_ field: Field) -> Timestamp? {
        guard contains(field), case .instant(let instant)? = try? timestamp(field) else { return nil }
        return instant
    }

    func error(_ code: MessageError.Code, _ field: Field, _ detail: String) -> MessageError {
        MessageError(code: code, pointer: MessageError.pointer(codingPath, field), detail: detail)
    }

    /// Foundation reports a number out of range and an escape that is not a scalar as an error without a coding path;
    /// this adds the field.
    private func value<T: Decodable>(_ field: Field, as type: T.Type) throws -> T? {
        do {
            return try decodeIfPresent(type, forKey: field)
        } catch let error as DecodingError {
            throw error
        } catch {
            let detail = type == Int64.self ? "must be an integer in range" : "must be valid Unicode"
            throw self.error(.badValue, field, detail)
        }
    }

    private func numberID(_ field: Field) throws -> ID? {
        guard let number = try value(field, as: Int64.self) else { return nil }
        guard let id = ID(number: number) else { throw error(.badValue, field, ID.rule) }
        return id
    }

    private func stringID(_ field: Field) throws -> ID? {
        guard let string = try value(field, as: String.self) else { return nil }
        guard let id = ID(validating: string) else { throw error(.badValue, field, ID.rule) }
        return id
    }

    private static func rule(_ range: ClosedRange<Int64>) -> String {
        range.upperBound == .max
            ? "must be an integer of at least \(range.lowerBound)"
            : "must be an integer from \(range.lowerBound) to \(range.upperBound)"
    }
}

/// Reads one field and checks it by the rules of contract sections 1 and 2. What is thrown names the field.
///
/// Everything goes through `decodeIfPresent`, which takes `null` for absent and tells absence without throwing.
extension KeyedDecodingContainer where Key == Field {
    func required<T>(_ field: Field, _ value: T?) throws -> T {
        guard let value else { throw error(.missingField, field, "is required") }
        return value
    }

    /// - Parameter numberFirst: what is likely: envelopes mostly hold numbers, flat records strings. A wrong guess
    ///   costs about a microsecond, no more.
    func id(_ field: Field, numberFirst: Bool) throws -> ID? {
        if numberFirst {
            do {
                return try numberID(field)
            } catch DecodingError.typeMismatch {
                return try stringID(field)
            }
        }
        do {
            return try stringID(field)
        } catch DecodingError.typeMismatch {
            return try numberID(field)
        }
    }

    /// The application that a command is about; where the path has said it already, the body may only say the same.
    func applicationID(_ given: CommandBody.Given?) throws -> ID {
        let id = try id(.volunteerApplicationID, numberFirst: true)
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
        // Who writes one id as a string mostly writes all of them so.
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

    func objects<Element>(
        _ field: Field, _ read: (KeyedDecodingContainer<Field>) throws -> Element
    ) throws -> [Element]? {
        guard contains(field), try !decodeNil(forKey: field) else { return nil }
        var container = try nestedUnkeyedContainer(forKey: field)
        var elements: [Element] = []
        while !container.isAtEnd { elements.append(try read(container.nestedContainer(keyedBy: Field.self))) }
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
        // A scalar has at least one byte: most texts need no counting.
        let bytes = text.utf8.count
        guard bytes >= length.lowerBound, bytes <= length.upperBound || length.contains(text.unicodeScalars.count)
        else {
            throw error(.badValue, field, "must have \(length.lowerBound) to \(length.upperBound) characters")
        }
        return text
    }

    func word<Word: RawRepresentable & CaseIterable>(_ field: Field, as type: Word.Type) throws -> Word?
    where Word.RawValue == String {
        guard let text = try value(field, as: String.self) else { return nil }
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(.badValue, field, "must be one of: \(words)")
        }
        return word
    }

    /// Any value that is written as a string: a date, a time, a stream's name.
    func parsed<Value>(_ field: Field, by parse: (String) throws(MessageError) -> Value) throws -> Value? {
        guard let text = try value(field, as: String.self) else { return nil }
        do {
            return try parse(text)
        } catch {
            throw error.at(MessageError.pointer(codingPath, field))
        }
    }

    func time(_ field: Field) throws -> WireTime? { try parsed(field, by: WireTime.init(parsing:)) }

    func date(_ field: Field) throws -> CivilDate? { try parsed(field, by: CivilDate.init(parsing:)) }

    func clock(_ field: Field) throws -> CivilTime? { try parsed(field, by: CivilTime.init(parsing:)) }

    func zone(_ field: Field) throws -> String? {
        guard let name = try value(field, as: String.self) else { return nil }
        guard CivilClock.zone(named: name) != nil else {
            throw error(.badValue, field, "must be the IANA name of a time zone, as Europe/Moscow")
        }
        return name
    }

    func error(_ code: MessageError.Code, _ field: Field, _ detail: String) -> MessageError {
        MessageError(code: code, pointer: MessageError.pointer(codingPath, field), detail: detail)
    }

    /// Foundation reports a number that does not fit, and an escape that is no scalar, as an error of its own without a
    /// place; here it gets one.
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
            ? "must be an integer from \(range.lowerBound)"
            : "must be an integer from \(range.lowerBound) to \(range.upperBound)"
    }
}

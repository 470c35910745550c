/// An object of a body that ``JSONSyntax`` has checked. It knows where its members are, and reads a value when it is
/// asked for it.
struct JSONObject {
    private struct Member {
        /// The name as written, without the quotation marks.
        let name: Range<Int>
        /// What the name means if it is written with escapes. Decoded once: a body may have very many of them.
        let decodedName: [UInt8]?
        /// Where its value begins.
        let value: Int
    }

    private let bytes: [UInt8]
    private let members: [Member]
    /// From the body to this object; empty for the body.
    private let pointer: String

    /// - Parameter body: checked by ``JSONSyntax``; one object.
    init(body: [UInt8]) throws(MessageError) {
        var scanner = JSONScanner(index: 0)
        scanner.skipSpace(in: body)
        try self.init(body, at: scanner.index, pointer: "")
    }

    /// - Parameter start: where its opening brace is.
    private init(_ bytes: [UInt8], at start: Int, pointer: String) throws(MessageError) {
        self.bytes = bytes
        self.pointer = pointer
        var members: [Member] = []
        members.reserveCapacity(8)
        var scanner = JSONScanner(index: start)
        while scanner.nextElement(in: bytes) {
            let name = scanner.skipString(in: bytes)
            scanner.skipSpace(in: bytes)
            // The colon.
            scanner.index += 1
            scanner.skipSpace(in: bytes)
            let decodedName = name.isEscaped ? JSONText.bytes(bytes[name.range]) : nil
            if let decodedName, String(validating: decodedName, as: UTF8.self) == nil {
                throw MessageError(code: .notJSON, detail: "the body is not JSON in UTF-8")
            }
            members.append(Member(name: name.range, decodedName: decodedName, value: scanner.index))
            scanner.skipValue(in: bytes)
        }
        self.members = members
    }

    // MARK: - Values

    /// Where the value begins; nil if the field is absent.
    private func start(of field: Field) -> Int? {
        var name = field.rawValue
        return name.withUTF8 { name in members.first { isNamed($0, name) }?.value }
    }

    private func isNamed(_ member: Member, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if let decodedName = member.decodedName { return decodedName.elementsEqual(name) }
        guard member.name.count == name.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for offset in 0..<name.count where bytes[member.name.lowerBound + offset] != name[offset] { return false }
            return true
        }
    }

    /// Where the value begins; nil if the field is absent or `null`.
    private func value(of field: Field) -> Int? { start(of: field).flatMap { isNull($0) ? nil : $0 } }

    private func isNull(_ start: Int) -> Bool { bytes[start] == UInt8(ascii: "n") }

    private func isString(_ start: Int) -> Bool { bytes[start] == UInt8(ascii: "\"") }

    private func isNumber(_ start: Int) -> Bool {
        bytes[start] == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[start])
    }

    /// The string that begins here; nil if it has half of a surrogate pair.
    private func string(at start: Int) -> String? {
        var scanner = JSONScanner(index: start)
        let text = scanner.skipString(in: bytes)
        return JSONText.string(bytes[text.range], isEscaped: text.isEscaped)
    }

    /// The number that begins here; nil if it is not an `Int64`. `5.0` and `1e2` are integers too.
    private func number(at start: Int) -> Int64? {
        var index = start
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var number: Int64 = 0
        var isTooLarge = false
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
            let digit = Int64(bytes[index] & 0xf)
            let tens = number.multipliedReportingOverflow(by: 10)
            let next = tens.partialValue.addingReportingOverflow(isNegative ? -digit : digit)
            isTooLarge = isTooLarge || tens.overflow || next.overflow
            number = next.partialValue
            index += 1
        }
        guard index < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[index])
        else { return isTooLarge ? nil : number }
        var scanner = JSONScanner(index: start)
        scanner.skipValue(in: bytes)
        let value = Double(String(decoding: bytes[start..<scanner.index], as: UTF8.self))
        // Above 2^53 neighbouring integers are the same `Double`.
        return value.flatMap { $0.magnitude < 0x1p53 ? Int64(exactly: $0) : nil }
    }

    /// The elements of the array in this field, by where they begin; nil if it is absent or `null`.
    private func elements(of field: Field) throws -> [Int]? {
        guard let start = value(of: field) else { return nil }
        guard bytes[start] == UInt8(ascii: "[") else { throw wrongType(pointer(to: field), "an array") }
        var elements: [Int] = []
        var scanner = JSONScanner(index: start)
        while scanner.nextElement(in: bytes) {
            elements.append(scanner.index)
            scanner.skipValue(in: bytes)
        }
        return elements
    }

    /// - Parameter name: what must be there, such as "a string".
    private func wrongType(_ pointer: String, _ name: String) -> MessageError {
        MessageError(code: .wrongType, pointer: pointer, detail: "must be \(name)")
    }

    /// An element of an array is never absent.
    private func requireNotNull(_ start: Int, _ pointer: @autoclosure () -> String) throws {
        if isNull(start) { throw MessageError(code: .missingField, pointer: pointer(), detail: "is required") }
    }

    private func object(at start: Int, _ pointer: String) throws -> JSONObject {
        guard bytes[start] == UInt8(ascii: "{") else { throw wrongType(pointer, "an object") }
        return try JSONObject(bytes, at: start, pointer: pointer)
    }
}

extension JSONObject: FieldReader {
    func contains(_ field: Field) -> Bool { start(of: field) != nil }

    func pointer(to field: Field) -> String { "\(pointer)/\(field.rawValue)" }

    func string(_ field: Field) throws -> String? {
        guard let start = value(of: field) else { return nil }
        guard isString(start) else { throw wrongType(pointer(to: field), "a string") }
        guard let string = string(at: start) else { throw error(.badValue, field, Self.unicodeRule) }
        return string
    }

    func number(_ field: Field) throws -> Int64? {
        guard let start = value(of: field) else { return nil }
        guard isNumber(start) else { throw wrongType(pointer(to: field), "an integer") }
        guard let number = number(at: start) else { throw error(.badValue, field, Self.numberRule) }
        return number
    }

    func bool(_ field: Field) throws -> Bool? {
        guard let start = value(of: field) else { return nil }
        switch bytes[start] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: throw wrongType(pointer(to: field), "true or false")
        }
    }

    func strings(_ field: Field) throws -> [String]? {
        try elements(of: field)?.enumerated().map { index, start in
            try requireNotNull(start, "\(pointer(to: field))/\(index)")
            guard isString(start) else { throw wrongType("\(pointer(to: field))/\(index)", "a string") }
            guard let string = string(at: start) else { throw error(.badValue, field, Self.unicodeRule) }
            return string
        }
    }

    func id(_ field: Field, _ form: IDForm) throws -> ID? {
        guard let start = value(of: field) else { return nil }
        if isNumber(start) { return try number(field).map { try id(number: $0, field) } }
        if isString(start) { return try string(field).map { try id(string: $0, field) } }
        throw wrongType(pointer(to: field), form == .enveloped ? "a string" : "an integer")
    }

    func ids(_ field: Field) throws -> [ID]? {
        try elements(of: field)?.enumerated().map { index, start in
            let id: ID?
            if isNumber(start) {
                id = number(at: start).flatMap { ID(number: $0) }
            } else if isString(start) {
                id = string(at: start).flatMap { ID(validating: $0) }
            } else {
                try requireNotNull(start, "\(pointer(to: field))/\(index)")
                throw wrongType("\(pointer(to: field))/\(index)", "an integer")
            }
            guard let id else {
                throw MessageError(code: .badValue, pointer: "\(pointer(to: field))/\(index)", detail: ID.rule)
            }
            return id
        }
    }

    func object(_ field: Field) throws -> JSONObject? {
        try value(of: field).map { try object(at: $0, pointer(to: field)) }
    }

    func objects(_ field: Field) throws -> [JSONObject]? {
        try elements(of: field)?.enumerated().map { index, start in
            let pointer = "\(pointer(to: field))/\(index)"
            try requireNotNull(start, pointer)
            return try object(at: start, pointer)
        }
    }
}

/// Writes the known JSON of messages and answers straight into bytes: compact, slashes not escaped, UTF-8 as it is, the
/// fields in the order in which they are written. `Name` has all names that there are.
///
/// It writes what `JSONEncoder` would write from the same value, many times faster; a test holds both together.
package struct ObjectWriter<Name: RawRepresentable<String>> {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    init() {
        // Most messages fit; one with a long description grows a few times.
        bytes.reserveCapacity(256)
    }

    /// `{…}`
    package static func flat(_ fields: (inout Self) -> Void) -> [UInt8] {
        var json = Self()
        json.append("{")
        fields(&json)
        json.append("}")
        return json.bytes
    }

    /// An optional field that is `nil` is left out.
    package mutating func field(_ field: Name, _ text: String?) {
        guard let text else { return }
        name(field)
        string(text)
    }

    package mutating func field(_ field: Name, _ number: Int64?) {
        guard let number else { return }
        name(field)
        integer(number)
    }

    package mutating func field(_ field: Name, _ number: Int?) {
        self.field(field, number.map { Int64($0) })
    }

    package mutating func field(_ field: Name, _ bool: Bool?) {
        guard let bool else { return }
        name(field)
        append(bool ? "true" : "false")
    }

    package mutating func field(_ field: Name, _ time: WireTime?) {
        guard let time else { return }
        guard case .instant(let instant) = time else { return self.field(field, time.description) }
        name(field)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: RFC3339.longest) { buffer in
            let count = RFC3339.write(instant, into: buffer)
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: buffer[..<count])
            bytes.append(UInt8(ascii: "\""))
        }
    }

    /// An id in a flat record: a string.
    mutating func flat(_ field: Name, _ id: ID?) {
        self.field(field, id?.string)
    }

    /// An id in an envelope: a number or a string.
    package mutating func enveloped(_ field: Name, _ id: ID) {
        name(field)
        enveloped(id)
    }

    mutating func enveloped(_ field: Name, _ ids: [ID]) {
        name(field)
        append("[")
        var isFirst = true
        for id in ids {
            if !isFirst { append(",") }
            isFirst = false
            enveloped(id)
        }
        append("]")
    }

    /// An object within the object.
    package mutating func object(_ field: Name, _ fields: (inout Self) -> Void) {
        name(field)
        object(fields)
    }

    /// An array of objects.
    package mutating func objects<Item>(_ field: Name, _ items: [Item], _ fields: (Item, inout Self) -> Void) {
        name(field)
        append("[")
        for (index, item) in items.enumerated() {
            if index > 0 { append(",") }
            object { fields(item, &$0) }
        }
        append("]")
    }

    /// A value that is JSON already.
    package mutating func json(_ field: Name, _ value: [UInt8]) {
        name(field)
        bytes.append(contentsOf: value)
    }

    private mutating func object(_ fields: (inout Self) -> Void) {
        append("{")
        isFirst = true
        fields(&self)
        append("}")
        isFirst = false
    }

    private mutating func enveloped(_ id: ID) {
        if id.isWrittenAsNumber {
            append(id.string)
        } else {
            string(id.string)
        }
    }

    private mutating func name(_ field: Name) {
        append(isFirst ? "\"" : ",\"")
        isFirst = false
        append(field.rawValue)
        append("\":")
    }

    fileprivate mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func integer(_ number: Int64) {
        append(String(number))
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in utf8 { escaped(byte) }
            } else {
                bytes.append(contentsOf: utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0a: append("\\n")
        case 0x0c: append("\\f")
        case 0x0d: append("\\r")
        case 0..<0x20:
            append("\\u00")
            for digit in [byte >> 4, byte & 15] { bytes.append(digit + (digit < 10 ? 0x30 : 0x57)) }
        default: bytes.append(byte)
        }
    }
}

/// The writer of our messages.
typealias JSONWriter = ObjectWriter<Field>

extension ObjectWriter where Name == Field {
    /// `{"action":"…","data":{…}}`
    static func envelope(
        _ action: some RawRepresentable<String>, _ fields: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.append("{\"action\":\"")
        json.append(action.rawValue)
        json.append("\",\"data\":{")
        fields(&json)
        json.append("}}")
        return json.bytes
    }
}

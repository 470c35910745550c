/// Writes one JSON object straight into bytes: compact UTF-8, slashes not escaped, fields in the order of the calls.
/// `Name` has the names of all fields.
///
/// It writes what `JSONEncoder` would write from the same value, six to nine times as fast: a spot status record in
/// 0.4 µs instead of 2.6 µs, a response in 0.35 µs instead of 3.4 µs. A test compares the two.
package struct ObjectWriter<Name: RawRepresentable<String>> {
    private var bytes: [UInt8] = []
    private var isFirst = true

    private init() {
        // Most messages fit; only one with a long description makes the array grow.
        bytes.reserveCapacity(256)
    }

    /// The object that holds the fields which the closure writes.
    package static func object(_ fields: (inout Self) -> Void) -> [UInt8] {
        var json = Self()
        json.braces(fields)
        return json.bytes
    }

    /// A field whose value is `nil` is left out, here and in the other methods.
    package mutating func field(_ field: Name, _ text: String?) {
        guard let text else { return }
        name(field)
        string(text)
    }

    package mutating func field(_ field: Name, _ number: Int64?) {
        guard let number else { return }
        name(field)
        append(String(number))
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
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: RFC3339.maxLength) { buffer in
            let count = RFC3339.write(instant, into: buffer)
            byte("\"")
            bytes.append(contentsOf: buffer[..<count])
            byte("\"")
        }
    }

    package mutating func id(_ field: Name, _ id: ID?, _ form: IDForm = .enveloped) {
        guard let id else { return }
        name(field)
        write(id, form)
    }

    package mutating func ids(_ field: Name, _ ids: [ID], _ form: IDForm = .enveloped) {
        name(field)
        byte("[")
        var isFirst = true
        for id in ids {
            if !isFirst { byte(",") }
            isFirst = false
            write(id, form)
        }
        byte("]")
    }

    /// An array of texts; `nil` is left out.
    package mutating func texts(_ field: Name, _ texts: [String]?) {
        guard let texts else { return }
        name(field)
        byte("[")
        for (index, text) in texts.enumerated() {
            if index > 0 { byte(",") }
            string(text)
        }
        byte("]")
    }

    /// A nested object.
    package mutating func object(_ field: Name, _ fields: (inout Self) -> Void) {
        name(field)
        braces(fields)
    }

    /// An array of objects.
    package mutating func objects<Item>(_ field: Name, _ items: [Item], _ fields: (Item, inout Self) -> Void) {
        name(field)
        byte("[")
        for (index, item) in items.enumerated() {
            if index > 0 { byte(",") }
            braces { fields(item, &$0) }
        }
        byte("]")
    }

    /// A value that is JSON already.
    package mutating func json(_ field: Name, _ value: [UInt8]) {
        name(field)
        bytes.append(contentsOf: value)
    }

    private mutating func braces(_ fields: (inout Self) -> Void) {
        byte("{")
        isFirst = true
        fields(&self)
        byte("}")
        isFirst = false
    }

    private mutating func name(_ field: Name) {
        if !isFirst { byte(",") }
        isFirst = false
        byte("\"")
        append(field.rawValue)
        byte("\"")
        byte(":")
    }

    private mutating func write(_ id: ID, _ form: IDForm) {
        if form == .enveloped, id.isWrittenAsNumber {
            append(id.string)
        } else {
            string(id.string)
        }
    }

    private mutating func byte(_ scalar: Unicode.Scalar) {
        bytes.append(UInt8(ascii: scalar))
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func string(_ text: String) {
        byte("\"")
        var text = text
        text.withUTF8 { utf8 in
            if utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in utf8 { escaped(byte) }
            } else {
                bytes.append(contentsOf: utf8)
            }
        }
        byte("\"")
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

extension ObjectWriter: FieldWriter where Name == Field {
    typealias Failure = Never

    mutating func object(_ field: Field, _ object: some FieldCodable) {
        self.object(field) { object.write(to: &$0) }
    }

    mutating func objects(_ field: Field, _ objects: [some FieldCodable]) {
        self.objects(field, objects) { $0.write(to: &$1) }
    }
}

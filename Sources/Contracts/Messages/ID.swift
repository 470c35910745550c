/// The id of a volunteer, a fund or an application (contract section 1).
///
/// On the wire an id is a JSON integer from 0 to below 10^15, or a string of 1 to 128 bytes of UTF-8 without control
/// characters, `*` and `#` (which have a meaning in routing keys). `456` and `"456"` are the same id. Two ids are equal
/// if their bytes are.
///
/// An id is not `Codable` by itself, because envelopes and flat records write it differently: see ``IDForm``.
public struct ID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let text: ExactString

    /// The id as text; digits for a number.
    public var string: String { text.string }

    /// Checks the string.
    /// - Throws: ``MessageError`` with code `badValue` if the string is not a valid id.
    public init(_ string: String) throws(MessageError) {
        guard let id = ID(validating: string) else {
            throw MessageError(code: .badValue, detail: ID.rule)
        }
        self = id
    }

    /// Checks the string; `nil` if it is not a valid id.
    public init?(validating string: String) {
        var string = string
        guard string.withUTF8(ID.isValid) else { return nil }
        text = ExactString(string)
    }

    /// The id of a JSON integer; `nil` if it is negative, or 10^15 or more.
    public init?(number: Int64) {
        guard Limits.idNumbers.contains(number) else { return nil }
        text = ExactString(String(number))
    }

    /// An id from our own storage, which was checked when it arrived and is not checked again.
    public static func trusted(_ string: String) -> ID {
        ID(text: ExactString(string))
    }

    private init(text: ExactString) {
        self.text = text
    }

    /// Whether an envelope writes the id as a JSON number: 1 to 15 digits without leading zeros (contract section 1).
    public var isWrittenAsNumber: Bool {
        text.withBytes { bytes in
            guard (1...15).contains(bytes.count) else { return false }
            return bytes.allSatisfy { (0x30...0x39).contains($0) } && (bytes[0] != 0x30 || bytes.count == 1)
        }
    }

    /// The same as ``string``.
    public var description: String { string }

    /// Compares bytes, as unsigned numbers.
    public static func < (a: ID, b: ID) -> Bool { a.text < b.text }

    static let rule =
        "must be an integer from 0 to below 10^15, or a string of 1 to 128 bytes without control characters, * and #"

    /// Control characters (general category Cc) are U+0000 to U+001F, U+007F, and U+0080 to U+009F. UTF-8 encodes the
    /// last range as `C2` and a byte from `80` to `9F`.
    private static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Limits.idBytes.contains(bytes.count) else { return false }
        var last: UInt8 = 0
        for byte in bytes {
            switch byte {
            case 0...0x1f, 0x7f, UInt8(ascii: "*"), UInt8(ascii: "#"): return false
            case 0x80...0x9f where last == 0xc2: return false
            default: last = byte
            }
        }
        return true
    }
}

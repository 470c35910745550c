/// Numbers and bytes as lowercase hexadecimal digits.
public enum Hexadecimal {
    /// The lowest `count` digits of a number, with leading zeros.
    public static func digits(_ number: UInt64, count: Int = 16) -> String {
        String(unsafeUninitializedCapacity: count) { buffer in
            write(number, count: count, into: buffer, at: 0)
            return count
        }
    }

    /// Two digits for each byte.
    public static func digits(of bytes: some Collection<UInt8>) -> String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { buffer in
            for (index, byte) in bytes.enumerated() { write(UInt64(byte), count: 2, into: buffer, at: 2 * index) }
            return 2 * bytes.count
        }
    }

    /// The bytes of pairs of lowercase digits; nil if there is anything else.
    public static func bytes(_ digits: String) -> [UInt8]? {
        let values = digits.utf8.compactMap(value)
        guard values.count == digits.utf8.count, values.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// Writes the lowest `count` digits of a number, with leading zeros, into a buffer that has room for them.
    public static func write(
        _ number: UInt64, count: Int = 16, into bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        for index in 0..<count {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(4 * (count - 1 - index))) & 0xF
            bytes[start + index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}

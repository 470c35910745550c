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

/// The `traceparent` header of W3C Trace Context, version 00: `00-<32 hex>-<16 hex>-<2 hex>`.
package struct Traceparent: Sendable, Hashable {
    package let traceID: Substring

    /// Nil for anything else: a malformed header begins a new trace.
    package init?(_ header: String) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] == "00", parts[1].utf8.count == 32, parts[2].utf8.count == 16,
            parts[1].utf8.allSatisfy(Self.isHexadecimal), parts[1].utf8.contains(where: { $0 != UInt8(ascii: "0") })
        else { return nil }
        traceID = parts[1]
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

/// Sixteen hexadecimal digits.
func hexadecimal(_ number: UInt64) -> String {
    String(unsafeUninitializedCapacity: 16) { buffer in
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 0xF
            buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
        return 16
    }
}

import Contracts

/// The `traceparent` header of W3C Trace Context, version 00: `00-<32 hex>-<16 hex>-<2 hex>`.
package struct Traceparent: Sendable, Hashable {
    package let traceID: Substring

    /// Nil for any other text: then a new trace begins.
    package init?(_ header: String) {
        let parts = header.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] == "00",
            parts.allSatisfy({ $0.utf8.allSatisfy(Self.isHexadecimal) }), !Self.isZero(parts[1]),
            !Self.isZero(parts[2])
        else { return nil }
        traceID = parts[1]
    }

    private static func isZero(_ id: Substring) -> Bool { id.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension Traceparent {
    /// The header of a new trace, written without intermediate strings: every message from outside begins one.
    static func beginning(_ trace: (high: UInt64, low: UInt64), span: UInt64) -> String {
        String(unsafeUninitializedCapacity: 55) { bytes in
            bytes.initialize(repeating: UInt8(ascii: "0"))
            bytes[2] = UInt8(ascii: "-")
            bytes[35] = UInt8(ascii: "-")
            bytes[52] = UInt8(ascii: "-")
            bytes[54] = UInt8(ascii: "1")
            Hexadecimal.write(trace.high, into: bytes, at: 3)
            Hexadecimal.write(trace.low, into: bytes, at: 19)
            Hexadecimal.write(span, into: bytes, at: 36)
            return 55
        }
    }
}

package import Foundation

/// base64url without padding (RFC 4648 section 5), for tokens and opaque cursors.
///
/// Neither JWTKit's nor Foundation's implementation (6.3) is public; remove this when Foundation's becomes so.
package enum Base64URL {
    package static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Nil unless the text consists of base64url digits that make whole bytes.
    package static func decoded(_ text: some Collection<UInt8>) -> Data? {
        guard text.allSatisfy(isDigit) else { return nil }
        // To Foundation's alphabet, with padding.
        var digits = text.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while !digits.count.isMultiple(of: 4) { digits.append(UInt8(ascii: "=")) }
        return Data(base64Encoded: Data(digits))
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

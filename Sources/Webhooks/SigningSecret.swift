package import Crypto
import Foundation

/// The secret that signs the callbacks of one caller (Standard Webhooks): `whsec_` and base64.
package struct SigningSecret: Sendable, Hashable {
    private let bytes: [UInt8]

    package static let prefix = "whsec_"
    /// The lengths that Standard Webhooks recommends, in bytes.
    private static let lengths = 24...64

    /// Reads a secret in the form of ``text``.
    package init?(parsing text: String) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.lengths.contains(data.count)
        else { return nil }
        bytes = Array(data)
    }

    /// The secret of a caller, derived with HKDF (RFC 5869) from the key that both services hold, so that it never
    /// travels.
    /// - Parameters:
    ///   - master: `WEBHOOK_MASTER_KEY`.
    ///   - generation: counts the rotations of this caller's secret, from 0.
    package init(of caller: String, generation: Int, master: SymmetricKey) {
        let info = Data("webhook secret\0\(generation)\0\(caller)".utf8)
        let key = HKDF<SHA256>.deriveKey(inputKeyMaterial: master, info: info, outputByteCount: 32)
        bytes = key.withUnsafeBytes { Array($0) }
    }

    /// For the caller, who needs it to verify what arrives.
    package var text: String { Self.prefix + Data(bytes).base64EncodedString() }

    var key: SymmetricKey { SymmetricKey(data: bytes) }
}

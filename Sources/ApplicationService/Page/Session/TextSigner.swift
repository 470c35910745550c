import Crypto
import Foundation
import Web

/// Signs texts that visitors carry, such as a session: only a process with the same `PAGE_SECRET` can have made them.
struct TextSigner: Sendable {
    /// Longer texts are not looked at.
    private static let maxBytes = 4_096

    private let key: SymmetricKey

    /// - Parameter purpose: a text that was signed for one purpose is not valid for another.
    init(_ secret: SymmetricKey, purpose: String) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Data("page \(purpose)".utf8), outputByteCount: 32)
    }

    /// The text and its HMAC-SHA-256, in characters that URLs and cookies allow.
    func sign(_ text: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
        return "\(Base64URL.encoded(text.utf8)).\(Base64URL.encoded(code))"
    }

    /// The text that was signed; nil if this is not a result of ``sign(_:)``.
    func text(of signed: some StringProtocol) -> String? {
        guard signed.utf8.count <= Self.maxBytes else { return nil }
        let parts = signed.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // The comparison takes the same time wherever the codes differ.
        guard parts.count == 2, let text = Base64URL.decoded(parts[0]), let code = Base64URL.decoded(parts[1]),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: text, using: key)
        else { return nil }
        return String(data: text, encoding: .utf8)
    }
}

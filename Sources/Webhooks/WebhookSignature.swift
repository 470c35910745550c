import Crypto
package import Foundation

/// The header fields that Standard Webhooks adds to a delivery.
package struct WebhookSignature: Sendable, Hashable {
    /// The same for every attempt to deliver the same event.
    package let id: String
    /// When this attempt is made, in seconds since 1970.
    package let timestamp: Int64
    /// One signature for each secret, separated by single spaces.
    package let signatures: String

    package static let idField = "webhook-id"
    package static let timestampField = "webhook-timestamp"
    package static let signatureField = "webhook-signature"
    /// How old or how far ahead a delivery may be.
    package static let tolerance: ClosedRange<Int64> = -300...300
    private static let scheme = "v1,"

    /// - Parameters:
    ///   - id: without a full stop, which separates the parts of what is signed.
    ///   - secrets: the current one first; after a rotation the one before for a while.
    package init(id: String, timestamp: Int64, body: some DataProtocol, secrets: [SigningSecret]) {
        self.id = id
        self.timestamp = timestamp
        signatures = secrets.map { secret in
            let code = Self.code(id: id, timestamp: timestamp, body: body, secret)
            return Self.scheme + Data(code).base64EncodedString()
        }.joined(separator: " ")
    }

    private static func code(
        id: String, timestamp: Int64, body: some DataProtocol, _ secret: SigningSecret
    ) -> HMAC<SHA256>.MAC {
        var code = HMAC<SHA256>(key: secret.key)
        code.update(data: Data("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return code.finalize()
    }

    /// What a receiver does: whether one of the signatures is right, and the delivery is neither old nor from the
    /// future. Signatures of other schemes and malformed ones are skipped.
    package static func isValid(
        id: String, timestamp: String, signatures: String, body: some DataProtocol, secret: SigningSecret, now: Int64
    ) -> Bool {
        // Digits alone: with a sign the difference could overflow.
        guard timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let timestamp = Int64(timestamp),
            tolerance.contains(timestamp - now)
        else { return false }
        let expected = code(id: id, timestamp: timestamp, body: body, secret)
        return signatures.split(separator: " ").contains { signature in
            guard signature.hasPrefix(scheme), let code = Data(base64Encoded: String(signature.dropFirst(scheme.count)))
            else { return false }
            // In constant time.
            return expected == code
        }
    }
}

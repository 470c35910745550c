import Foundation
import JWTKit

/// The keys that verify tokens: a JSON Web Key Set (RFC 7517 section 5), or the one shared secret.
struct KeySet: Sendable {
    /// The largest key set that is read, in bytes.
    static let maxBytes = 1 << 20

    let keys: [VerificationKey]

    /// Why there is no key set. The description contains nothing of the set or its location, so it is safe to log.
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    init(_ keys: [VerificationKey]) {
        self.keys = keys
    }

    /// Reads the keys that can verify signatures. Unknown, damaged and encryption keys are skipped, as RFC 7517 asks.
    init(json: Data) throws(Unusable) {
        guard json.count <= Self.maxBytes else {
            throw Unusable(description: "a key set has at most \(Self.maxBytes) bytes")
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: json) else {
            throw Unusable(description: "this is no JSON Web Key Set")
        }
        keys = document.keys.compactMap(\.key)
        guard !keys.isEmpty else {
            throw Unusable(description: "the key set has no public key that can verify signatures")
        }
    }

    /// The key that verifies a token. A token without `kid` is verified only if one key has its algorithm.
    func key(for token: SignedToken) -> VerificationKey? {
        let candidates = keys.filter { $0.algorithm == token.algorithm && $0.matches(keyID: token.keyID) }
        return token.keyID != nil || candidates.count == 1 ? candidates.first : nil
    }

    /// Whether any key matches the `kid`, whatever its algorithm. If none does, a newer set may have one.
    func contains(keyID: String?) -> Bool {
        keys.contains { $0.matches(keyID: keyID) }
    }

    private struct Document: Decodable {
        let keys: [Entry]
    }

    private struct Entry: Decodable {
        let key: VerificationKey?

        init(from decoder: any Decoder) throws {
            guard let jwk = try? JWK(from: decoder), let use = try? Use(from: decoder), use.isForSignatures else {
                key = nil
                return
            }
            key = VerificationKey(jwk)
        }
    }

    /// The fields that JWTKit does not read.
    private struct Use: Decodable {
        let use: String?
        let operations: [String]?

        var isForSignatures: Bool { (use ?? "sig") == "sig" && (operations ?? ["verify"]).contains("verify") }

        enum CodingKeys: String, CodingKey {
            case use
            case operations = "key_ops"
        }
    }
}

import Foundation
import JWTKit

/// The keys that tokens may be signed with (RFC 7517 section 5).
struct KeySet: Sendable {
    let keys: [VerificationKey]

    init(_ keys: [VerificationKey]) {
        self.keys = keys
    }

    /// Takes the keys that can verify signatures. Others, of a kind that we do not know, for encryption or damaged, are
    /// passed over, as RFC 7517 asks.
    init(json: Data) throws(KeySetError) {
        guard json.count <= KeySetLocation.mostBytes else {
            throw KeySetError(description: "a key set has at most \(KeySetLocation.mostBytes) bytes")
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: json) else {
            throw KeySetError(description: "this is no JSON Web Key Set")
        }
        keys = document.keys.compactMap(\.key)
        guard !keys.isEmpty else {
            throw KeySetError(description: "the key set has no public key that signatures can be verified with")
        }
    }

    /// The key that a token is to be verified with. A token that names none is verified with the only one there is of
    /// its algorithm.
    func key(for token: SignedToken) -> VerificationKey? {
        let fitting = keys.filter { $0.algorithm == token.algorithm && $0.answers(to: token.keyID) }
        return token.keyID != nil || fitting.count == 1 ? fitting.first : nil
    }

    /// Whether there is a key of that name, of whatever algorithm: else a newer set may have it.
    func knows(_ keyID: String?) -> Bool {
        keys.contains { $0.answers(to: keyID) }
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

    /// What the library leaves unread.
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

import Crypto
import JWTKit

/// A key with the one algorithm that it is used with.
///
/// The algorithm is the key's, never the token's: otherwise a token could say HS256 and be signed with what everybody
/// knows, the text of a public key (RFC 8725 section 3.1).
struct VerificationKey: Sendable {
    /// As in a token's `alg`.
    let algorithm: String
    private let material: Material

    private enum Material {
        case secret(SymmetricKey)
        case published(JWK)
    }

    /// A secret, for HS256.
    init(secret: SymmetricKey) {
        algorithm = "HS256"
        material = .secret(secret)
    }

    /// A public key, for its `alg`, or for the usual one of its kind; nil when it is none that we verify with.
    init?(_ jwk: JWK) {
        var key = jwk
        // Should somebody have published a private key, it verifies as its public part does.
        key.privateExponent = nil
        key.prime1 = nil
        key.prime2 = nil
        guard let algorithm = key.algorithm ?? key.usualAlgorithm, (try? key.check(for: algorithm)) == true else {
            return nil
        }
        key.algorithm = algorithm
        self.algorithm = algorithm.rawValue
        material = .published(key)
    }

    /// Whether a token that bears that `kid`, or none, may mean this key. The name of a secret is its owner's business.
    func answers(to keyID: String?) -> Bool {
        switch material {
        case .secret: true
        case .published(let jwk): keyID == nil || jwk.keyIdentifier?.string == keyID
        }
    }

    /// Verifies the signature, then reads what is signed.
    ///
    /// The library's collection is made for this one key: in a larger one, an unknown `kid` would mean its first key,
    /// and `alg` would be the token's to say.
    /// - Throws: whatever the library throws, for whoever asks: the token is not good.
    func claims(of token: SignedToken) async throws -> TokenClaims {
        let keys = JWTKeyCollection()
        switch material {
        case .secret(let secret): await keys.add(hmac: HMACKey(key: secret), digestAlgorithm: .sha256)
        case .published(var jwk):
            jwk.keyIdentifier = JWKIdentifier(string: token.keyID ?? "")
            try await keys.add(jwk: jwk)
        }
        return try await keys.verify(token.bytes, as: TokenClaims.self)
    }
}

extension JWK {
    fileprivate var usualAlgorithm: Algorithm? {
        switch keyType {
        case .rsa: .rs256
        case .ecdsa:
            switch curve?.rawValue {
            case "P-256": .es256
            case "P-384": .es384
            case "P-521": .es512
            default: nil
            }
        case .octetKeyPair: .eddsa
        default: nil
        }
    }

    /// Whether the parts make a public key for that algorithm.
    /// - Throws: when they make none at all.
    fileprivate func check(for algorithm: Algorithm) throws -> Bool {
        switch (algorithm, keyType, curve?.rawValue) {
        case (.rs256, .rsa, _), (.rs384, .rsa, _), (.rs512, .rsa, _), (.ps256, .rsa, _), (.ps384, .rsa, _),
            (.ps512, .rsa, _):
            _ = try Insecure.RSA.PublicKey(modulus: modulus ?? "", exponent: exponent ?? "")
        case (.es256, .ecdsa, "P-256"): _ = try ES256PublicKey(parameters: (x ?? "", y ?? ""))
        case (.es384, .ecdsa, "P-384"): _ = try ES384PublicKey(parameters: (x ?? "", y ?? ""))
        case (.es512, .ecdsa, "P-521"): _ = try ES512PublicKey(parameters: (x ?? "", y ?? ""))
        case (.eddsa, .octetKeyPair, "Ed25519"): _ = try EdDSA.PublicKey(x: x ?? "", curve: .ed25519)
        default: return false
        }
        return true
    }
}

import Contracts
import Crypto
import JWTKit

/// A key and the only algorithm it is used with.
///
/// The algorithm is the key's, never the token's: otherwise a token could claim HS256 and be signed with the text of a
/// public key (RFC 8725 section 3.1).
struct VerificationKey: Sendable {
    /// As in a token's `alg`.
    let algorithm: String
    private let material: Material

    private enum Material {
        case secret(SymmetricKey)
        case publicKey(JWK)
    }

    /// A secret, for HS256.
    init(secret: SymmetricKey) {
        algorithm = "HS256"
        material = .secret(secret)
    }

    /// A public key with its `alg`, or with the default of its type; nil if it is unsupported or invalid.
    init?(_ jwk: JWK) {
        var key = jwk
        // A published private key is reduced to its public part.
        key.privateExponent = nil
        key.prime1 = nil
        key.prime2 = nil
        guard let algorithm = key.algorithm ?? key.defaultAlgorithm, (try? key.check(for: algorithm)) == true else {
            return nil
        }
        key.algorithm = algorithm
        self.algorithm = algorithm.rawValue
        material = .publicKey(key)
    }

    /// Whether this key may verify a token with that `kid` (nil: without one), compared by bytes. A shared secret
    /// matches any.
    func matches(keyID: String?) -> Bool {
        switch material {
        case .secret: true
        case .publicKey(let jwk):
            keyID.map { ExactString($0) == jwk.keyIdentifier.map { ExactString($0.string) } } ?? true
        }
    }

    /// Verifies the signature, then decodes the claims.
    ///
    /// The collection holds only this key: JWTKit uses the first key of a larger one for an unknown `kid`, and takes
    /// the algorithm from the token.
    /// - Throws: an error of JWTKit if the token is not valid.
    func claims(of token: SignedToken) async throws -> TokenClaims {
        let keys = JWTKeyCollection()
        switch material {
        case .secret(let secret): await keys.add(hmac: HMACKey(key: secret), digestAlgorithm: .sha256)
        case .publicKey(var jwk):
            jwk.keyIdentifier = JWKIdentifier(string: token.keyID ?? "")
            try await keys.add(jwk: jwk)
        }
        return try await keys.verify(token.bytes, as: TokenClaims.self)
    }
}

extension JWK {
    fileprivate var defaultAlgorithm: Algorithm? {
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

    /// Whether the key's type and curve fit the algorithm.
    /// - Throws: if the parameters are no valid public key.
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

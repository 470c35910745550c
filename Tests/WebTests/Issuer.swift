import Contracts
import Crypto
import CryptoExtras
import Foundation

@testable import Web

/// Signs tokens, also invalid ones, with another library than the one that verifies them.
struct Issuer: Sendable {
    /// The `alg` of its tokens.
    let algorithm: String
    /// The public key as a JWK without `kid` and `alg`; empty for a secret.
    let jwk: [String: String]
    let sign: @Sendable (Data) throws -> Data

    /// A signed token.
    /// - Parameters:
    ///   - claims: replace the default claims; nil removes one.
    ///   - header: replaces the default header; nil removes a field.
    func token(_ claims: [String: Any?] = [:], header: [String: Any?] = [:]) throws -> String {
        var all: [String: Any?] = ["sub": "456", "role": "fund", "exp": Issuer.now.milliseconds / 1000 + 3_600]
        all.merge(claims) { $1 }
        var head: [String: Any?] = ["alg": algorithm, "typ": "JWT"]
        head.merge(header) { $1 }
        return try token(rawHeader: Self.json(head), payload: Self.json(all))
    }

    func token(rawHeader: Data, payload: Data) throws -> String {
        let signed = Base64URL.encoded(rawHeader) + "." + Base64URL.encoded(payload)
        return signed + "." + Base64URL.encoded(try sign(Data(signed.utf8)))
    }

    /// A set of public keys with additional fields, such as `kid`.
    static func keySet(_ keys: (issuer: Issuer, extra: [String: Any])...) throws -> Data {
        try JSONSerialization.data(withJSONObject: [
            "keys": keys.map { key in key.extra.merging(key.issuer.jwk) { extra, _ in extra } }
        ])
    }

    /// The time of the tests.
    static let now = Timestamp(milliseconds: 1_795_000_000_000)

    private static func json(_ fields: [String: Any?]) throws -> Data {
        try JSONSerialization.data(withJSONObject: fields.compactMapValues { $0 })
    }
}

extension Issuer {
    static let secretText = "a secret of more than thirty-two bytes"
    static let secret = hs256(Data(secretText.utf8))

    static func hs256(_ key: Data) -> Issuer {
        Issuer(algorithm: "HS256", jwk: [:]) { data in
            Data(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
        }
    }

    static let rs256: Issuer = {
        guard let key = try? _RSA.Signing.PrivateKey(keySize: .bits2048),
            let numbers = try? key.publicKey.getKeyPrimitives()
        else { return secret }
        let jwk = [
            "kty": "RSA", "n": Base64URL.encoded(numbers.modulus), "e": Base64URL.encoded(numbers.publicExponent),
        ]
        return Issuer(algorithm: "RS256", jwk: jwk) { data in
            try key.signature(for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }()

    static let es256: Issuer = {
        let key = P256.Signing.PrivateKey()
        return Issuer(algorithm: "ES256", jwk: ec("P-256", key.publicKey.rawRepresentation)) { data in
            try key.signature(for: data).rawRepresentation
        }
    }()

    static let es384: Issuer = {
        let key = P384.Signing.PrivateKey()
        return Issuer(algorithm: "ES384", jwk: ec("P-384", key.publicKey.rawRepresentation)) { data in
            try key.signature(for: data).rawRepresentation
        }
    }()

    static let es512: Issuer = {
        let key = P521.Signing.PrivateKey()
        return Issuer(algorithm: "ES512", jwk: ec("P-521", key.publicKey.rawRepresentation)) { data in
            try key.signature(for: data).rawRepresentation
        }
    }()

    static let edDSA: Issuer = {
        let key = Curve25519.Signing.PrivateKey()
        let jwk = ["kty": "OKP", "crv": "Ed25519", "x": Base64URL.encoded(key.publicKey.rawRepresentation)]
        return Issuer(algorithm: "EdDSA", jwk: jwk) { data in try key.signature(for: data) }
    }()

    private static func ec(_ curve: String, _ point: Data) -> [String: String] {
        let half = point.count / 2
        return [
            "kty": "EC", "crv": curve, "x": Base64URL.encoded(point.prefix(half)),
            "y": Base64URL.encoded(point.suffix(half)),
        ]
    }
}

import Foundation
import Testing

@testable import Web

@Suite struct KeySetTests {
    @Test func `other keys in a set are skipped`() throws {
        let others: [[String: Any]] = [
            ["kty": "oct", "k": "c2VjcmV0", "kid": "1"], ["kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"],
            ["kty": "OKP", "crv": "X25519", "x": "AA"],
            ["kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RSA-OAEP-256"],
            Issuer.rs256.jwk.merging(["use": "enc"]) { $1 }, Issuer.rs256.jwk.merging(["alg": "RSA-OAEP"]) { $1 },
            Issuer.es256.jwk.merging(["alg": "ES384"]) { $1 }, Issuer.es256.jwk.merging(["x": "AAAA"]) { $1 },
            Issuer.es256.jwk.merging(["alg": "RS256"]) { $1 }, ["kty": "RSA"], ["n": "AQAB"], [:],
        ]
        let keys: [Any] = others + [1, "key", NSNull(), [Issuer.es256.jwk]] + [Issuer.es256.jwk]
        let set = try KeySet(json: JSONSerialization.data(withJSONObject: ["keys": keys]))
        #expect(set.keys.map(\.algorithm) == ["ES256"])
    }

    @Test func `a key's use and operations are respected`() throws {
        let set = try KeySet(
            json: Issuer.keySet(
                (.es256, ["use": "sig"]), (.edDSA, ["key_ops": ["verify"]]), (.rs256, ["key_ops": ["encrypt"]]),
                (.rs256, ["alg": "PS256"])))
        #expect(set.keys.map(\.algorithm) == ["ES256", "EdDSA", "PS256"])
    }

    @Test func `kids are equal when their bytes are`() throws {
        let set = try KeySet(json: Issuer.keySet((.es256, ["kid": "caf\u{e9}"])))
        #expect(set.contains(keyID: "caf\u{e9}") && set.contains(keyID: nil))
        #expect(!set.contains(keyID: "cafe\u{301}"))
    }

    @Test(arguments: ["", "{}", "[]", "null", #"{"keys":{}}"#, #"{"keys":null}"#, "<html>", #"{"keys":[]"#])
    func `anything else is no key set`(text: String) {
        let error = #expect(throws: KeySet.Unusable.self) { try KeySet(json: Data(text.utf8)) }
        #expect(error?.description == "this is no JSON Web Key Set")
    }

    @Test(arguments: [#"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AAAA","alg":"HS256"}]}"#])
    func `a set without a key that can verify is refused`(text: String) {
        let error = #expect(throws: KeySet.Unusable.self) { try KeySet(json: Data(text.utf8)) }
        #expect(error?.description.contains("no public key") == true)
    }

    @Test func `a set of more than 1 MiB is refused`() {
        let error = #expect(throws: KeySet.Unusable.self) { try KeySet(json: Data(count: (1 << 20) + 1)) }
        #expect(error?.description.contains("at most") == true)
    }
}

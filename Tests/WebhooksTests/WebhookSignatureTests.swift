import Crypto
import Foundation
import Testing
import Webhooks

/// Signatures by the specification of Standard Webhooks.
@Suite struct WebhookSignatureTests {
    private let secret: SigningSecret
    private let body = Data(#"{"test": 2432232314}"#.utf8)
    private let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private let time: Int64 = 1_614_265_330

    init() throws {
        secret = try #require(SigningSecret(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    }

    private func isValid(
        _ signatures: String, timestamp: String = "1614265330", body: Data? = nil, now: Int64 = 1_614_265_330
    ) -> Bool {
        WebhookSignature.isValid(
            id: id, timestamp: timestamp, signatures: signatures, body: body ?? self.body, secret: secret, now: now)
    }

    @Test func `the published vector is reproduced`() {
        let signature = WebhookSignature(id: id, timestamp: time, body: body, secrets: [secret])
        #expect(signature.signatures == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(isValid(signature.signatures))
    }

    @Test func `while a secret is replaced both sign`() {
        let new = SigningSecret(
            of: "fund-1", generation: 1, master: SymmetricKey(data: [UInt8](repeating: 7, count: 32)))
        let signature = WebhookSignature(id: id, timestamp: time, body: body, secrets: [new, secret])
        #expect(signature.signatures.split(separator: " ").count == 2)
        #expect(isValid(signature.signatures))
    }

    @Test func `what was changed, is old or is no signature is refused`() {
        let signature = WebhookSignature(id: id, timestamp: time, body: body, secrets: [secret]).signatures
        #expect(!isValid(signature, body: body + [0x20]))
        #expect(!isValid(signature, timestamp: "1614265331"))
        #expect(isValid(signature, now: time + 300) && !isValid(signature, now: time + 301))
        #expect(isValid(signature, now: time - 300) && !isValid(signature, now: time - 301))
        for other in ["", "v1", "v1,", "v1,AAAA", "v1a,\(signature.dropFirst(3))", "v2\(signature.dropFirst(2))", ","] {
            #expect(!isValid(other), "\(other)")
        }
        #expect(isValid("v9,x  \(signature) v1,AAAA"), "others beside it are skipped")
        for time in [
            "", "now", "1614265330.0", " 1614265330", "+1614265330", "99999999999999999999", "\(Int64.max)",
            "\(Int64.min)",
        ] {
            #expect(!isValid(signature, timestamp: time), "\(time)")
        }
    }

    @Test func `a derived secret differs by caller, rotation and key, and is the same for the same`() {
        let master = SymmetricKey(data: [UInt8](repeating: 1, count: 32))
        let other = SymmetricKey(data: [UInt8](repeating: 2, count: 32))
        let secrets = [
            SigningSecret(of: "a", generation: 0, master: master),
            SigningSecret(of: "b", generation: 0, master: master),
            SigningSecret(of: "a", generation: 1, master: master), SigningSecret(of: "a", generation: 0, master: other),
        ]
        #expect(Set(secrets).count == 4)
        #expect(SigningSecret(of: "a", generation: 0, master: master) == secrets[0])
        #expect(SigningSecret(parsing: secrets[0].text) == secrets[0])
        #expect(secrets[0].text.hasPrefix("whsec_") && secrets[0].text.count == 50)
    }

    @Test(arguments: [
        "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA", "whsec_*",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ])
    func `what is no secret is refused`(text: String) {
        #expect(SigningSecret(parsing: text) == nil)
    }
}

import Contracts
import Foundation
import Webhooks

/// The deliveries of a check, good and bad ones, made at one time with one secret.
struct ReceiverProbes {
    /// What the receiver has.
    let secret: SigningSecret
    /// What it does not have.
    let otherSecret: SigningSecret
    let time: Timestamp
    /// The start of every `webhook-id`, so that a check's traces can be found.
    let prefix: String

    /// A receiver must refuse what is older than five minutes, or as far ahead.
    private static let tooLong: Int64 = 600
    private static let largeText = 60_000

    /// In the order in which they are sent. The second of a pair follows the first.
    var all: [ReceiverProbe] { accepted + refused }

    private var accepted: [ReceiverProbe] {
        let valid = good("valid", advice: "check the secret, and that the raw bytes of the body are verified")
        return [
            valid,
            ReceiverProbe(
                name: "duplicate", expectation: .accept,
                advice: "answer a webhook-id that was handled before with 2xx, and do nothing else",
                headers: valid.headers, body: valid.body),
            good(
                "rotated-secret", advice: "webhook-signature may hold several signatures; accept if one is right",
                secrets: [otherSecret, secret]),
            good(
                "unknown-version", advice: "skip signatures that do not begin with v1, and look at the others",
                signatures: { "v1a,\($0.dropFirst(3)) v2,abc \($0)" }),
            good("header-case", advice: "names of header fields have no case", fieldName: { $0.uppercased() }),
            good(
                "unknown-type", advice: "accept event types that you do not know, and ignore them",
                type: "receiver.check"),
            good(
                "unicode", advice: "the signature is over bytes, in UTF-8; escapes stay as they are",
                text: "Привет, Zoë 👋 \\u00e9 \\ud83d\\ude00 e\u{301} \\/"),
            good(
                "raw-bytes", advice: "verify the bytes that arrived, not JSON that was parsed and written again",
                text: "1", spacing: " \n\t "),
            good(
                "large-body", advice: "allow bodies of at least 64 KiB",
                text: String(repeating: "x", count: Self.largeText)),
        ]
    }

    private var refused: [ReceiverProbe] {
        let unsigned = "refuse a delivery that lacks one of webhook-id, webhook-timestamp and webhook-signature"
        let age = "refuse a webhook-timestamp that differs from the time by more than five minutes"
        return [
            bad("tampered-body", advice: "the signature must cover the body", change: { $0.body += [0x20] }),
            bad(
                "tampered-id", advice: "the signature must cover webhook-id",
                change: { $0.fields[0].1 += "x" }),
            bad("wrong-secret", advice: "signatures are not verified", secrets: [otherSecret]),
            bad("stale-timestamp", advice: age, offset: -Self.tooLong),
            bad("future-timestamp", advice: age, offset: Self.tooLong),
            bad(
                "replaced-timestamp", advice: "the signature must cover webhook-timestamp", offset: -Self.tooLong,
                change: { $0.fields[1].1 = "\(seconds)" }),
            bad("no-id", advice: unsigned, change: { $0.fields.remove(at: 0) }),
            bad("no-timestamp", advice: unsigned, change: { $0.fields.remove(at: 1) }),
            bad("no-signature", advice: unsigned, change: { $0.fields.remove(at: 2) }),
            bad(
                "malformed-signature", advice: "a signature that cannot be read is wrong, not an error of the server",
                change: { $0.fields[2].1 = "v1 v1, ,v1  v1,%%%" }),
            bad(
                "malformed-timestamp", advice: "a timestamp that cannot be read is wrong, not an error of the server",
                change: { $0.fields[1].1 = "now" }),
        ]
    }

    private var seconds: Int64 { time.milliseconds / 1_000 }

    // MARK: - Deliveries

    private struct Parts {
        /// The id, the timestamp and the signatures.
        var fields: [(String, String)]
        var body: [UInt8]
    }

    private func good(
        _ name: String, advice: String, type: String = "operation.completed", text: String = "", spacing: String = "",
        secrets: [SigningSecret]? = nil, fieldName: (String) -> String = { $0 },
        signatures: (String) -> String = { $0 }
    ) -> ReceiverProbe {
        var parts = parts(name, body(name, type, text, spacing), seconds, secrets ?? [secret])
        parts.fields[2].1 = signatures(parts.fields[2].1)
        return ReceiverProbe(
            name: name, expectation: .accept, advice: advice, headers: parts.fields.map { (fieldName($0.0), $0.1) },
            body: parts.body)
    }

    private func bad(
        _ name: String, advice: String, offset: Int64 = 0, secrets: [SigningSecret]? = nil,
        change: (inout Parts) -> Void = { _ in }
    ) -> ReceiverProbe {
        var parts = parts(
            name, body(name, "operation.completed", "", ""), seconds + offset, secrets ?? [secret])
        change(&parts)
        return ReceiverProbe(
            name: name, expectation: .refuse, advice: advice, headers: parts.fields, body: parts.body)
    }

    private func parts(_ name: String, _ body: [UInt8], _ seconds: Int64, _ secrets: [SigningSecret]) -> Parts {
        let signature = WebhookSignature(id: "\(prefix)_\(name)", timestamp: seconds, body: body, secrets: secrets)
        return Parts(
            fields: [
                (WebhookSignature.idField, signature.id),
                (WebhookSignature.timestampField, "\(signature.timestamp)"),
                (WebhookSignature.signatureField, signature.signatures),
            ], body: body)
    }

    /// An operation that has ended, as callbacks carry it (contract section 8).
    /// - Parameter text: goes into a string of JSON as it is, escapes included.
    private func body(_ name: String, _ type: String, _ text: String, _ spacing: String) -> [UInt8] {
        Array(
            """
            {"type":\(spacing)"\(type)","timestamp":"\(time)","data":{"id":"\(prefix)_\(name)",\(spacing)\
            "kind":"create_volunteer_application","status":"succeeded","created_at":"\(time)",\
            "updated_at":"\(time)","result":{"volunteer_application_id":"\(prefix)","note":"\(text)"}}}
            """.utf8)
    }
}

import Contracts
import Foundation
import NotifierDomain
import Synchronization
import TestSupport
import Testing
import Web
import Webhooks

@testable import NotifierService

/// `receiver-check` tells a good receiver from those with common mistakes.
@Suite struct ReceiverCheckTests {
    private let secret: SigningSecret
    private let other: SigningSecret
    private let local: AddressRules
    private let time = Timestamp.testStart

    init() throws {
        secret = try #require(SigningSecret(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        other = try #require(SigningSecret(parsing: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"))
        local = AddressRules(allowed: try [#require(AddressRange(parsing: "127.0.0.0/8"))])
    }

    private var probes: ReceiverProbes {
        ReceiverProbes(secret: secret, otherSecret: other, time: time, prefix: "check_1")
    }

    /// The names of the deliveries that a receiver did not handle well, of all that were sent.
    private func faults(_ answer: @escaping WebhookReceiver.Answering) async throws -> (Set<String>, sent: Int) {
        let receiver = try await WebhookReceiver(answer: answer)
        let sender = HTTPWebhookSender(
            CallbackGuard(rules: local), userAgent: "x/1", limits: .init(connect: testTimeout, total: testTimeout))
        var faults: Set<String> = []
        await ReceiverCheck(sender: sender, url: receiver.url).run(probes.all) { result in
            if result.fault != nil { faults.insert(result.probe.name) }
        }
        await sender.shutdown()
        return (faults, receiver.deliveries.count)
    }

    private func isValid(_ delivery: ReceivedDelivery, signatures: String? = nil) -> Bool {
        guard let id = delivery.id, let timestamp = delivery.header("webhook-timestamp"),
            let all = delivery.header("webhook-signature")
        else { return false }
        return WebhookSignature.isValid(
            id: id, timestamp: timestamp, signatures: signatures ?? all, body: delivery.body, secret: secret,
            now: time.milliseconds / 1_000)
    }

    @Test func `a good receiver has no faults`() async throws {
        let known = Mutex<Set<String>>([])
        let (faults, sent) = try await faults { delivery in
            guard isValid(delivery), let id = delivery.id else { return .status(401) }
            known.withLock { _ = $0.insert(id) }
            return .status(204)
        }
        #expect(faults == [])
        #expect(sent == probes.all.count && sent == 20)
        // Ten were accepted, one of them twice.
        #expect(known.withLock { $0.count } == probes.all.count { $0.expectation == .accept } - 1)
    }

    @Test func `a receiver that verifies nothing accepts what it must refuse`() async throws {
        let (faults, _) = try await faults { _ in .status(200) }
        #expect(faults == Set(probes.all.filter { $0.expectation == .refuse }.map(\.name)))
    }

    @Test func `a receiver that refuses everything, or fails, handles only bad ones well, or none`() async throws {
        let accepted = Set(probes.all.filter { $0.expectation == .accept }.map(\.name))
        for status in [400, 401, 403, 404] {
            #expect(try await faults { _ in .status(status) }.0 == accepted, "\(status)")
        }
        for answer in [WebhookReceiver.Answer.status(500), .status(302), .status(410), .status(429), .raw("x\r\n\r\n")]
        {
            let (faults, sent) = try await faults { _ in answer }
            #expect(faults == Set(probes.all.map(\.name)) && sent == probes.all.count, "\(answer)")
        }
    }

    @Test func `a receiver that is not there gets one attempt`() async throws {
        let (faults, sent) = try await faults { _ in .close }
        #expect(faults == ["valid"] && sent == 1)
    }

    @Test func `each common mistake is found by the deliveries that are made for it`() async throws {
        let secret = secret
        let mistakes: [(Set<String>, WebhookReceiver.Answering)] = [
            (
                ["duplicate"],
                { [seen = Counter()] delivery in
                    guard isValid(delivery) else { return .status(401) }
                    return seen.isNew(delivery.id ?? "") ? .status(200) : .status(409)
                }
            ),
            (
                ["rotated-secret", "unknown-version"],
                { delivery in
                    let first = delivery.header("webhook-signature")?.split(separator: " ").first.map(String.init)
                    return .status(isValid(delivery, signatures: first) ? 200 : 401)
                }
            ),
            (
                ["header-case"],
                { delivery in
                    delivery.headers.contains { $0.name == "webhook-id" } && isValid(delivery)
                        ? .status(200) : .status(401)
                }
            ),
            (
                ["stale-timestamp", "future-timestamp"],
                { delivery in
                    guard let id = delivery.id, let signatures = delivery.header("webhook-signature"),
                        let text = delivery.header("webhook-timestamp"), let time = Int64(text)
                    else { return .status(401) }
                    let isValid = WebhookSignature.isValid(
                        id: id, timestamp: text, signatures: signatures, body: delivery.body, secret: secret,
                        now: time)
                    return .status(isValid ? 200 : 401)
                }
            ),
            (
                ["unknown-type"],
                { delivery in
                    guard isValid(delivery) else { return .status(401) }
                    return .status(delivery.text.contains("operation.completed") ? 200 : 422)
                }
            ),
            (["large-body"], { $0.body.count > 50_000 ? .status(413) : .status(isValid($0) ? 200 : 401) }),
            (
                ["unicode", "raw-bytes"],
                { delivery in
                    // JSON that was parsed and written again.
                    guard let object = try? JSONSerialization.jsonObject(with: Data(delivery.body)),
                        let again = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
                    else { return .status(400) }
                    let isSame = !delivery.text.contains(" ") && again.count == delivery.body.count
                    return .status(isSame && isValid(delivery) ? 200 : 401)
                }
            ),
            (
                ["malformed-signature", "malformed-timestamp"],
                { delivery in
                    let isReadable =
                        Int(delivery.header("webhook-timestamp") ?? "0") != nil
                        && delivery.header("webhook-signature")?.contains("%") != true
                    return isReadable ? .status(isValid(delivery) ? 200 : 401) : .status(500)
                }
            ),
        ]
        for (expected, answer) in mistakes {
            #expect(try await faults(answer).0 == expected)
        }
    }

    @Test func `results are a table, or lines of JSON`() throws {
        let probe = try #require(probes.all.first)
        let good = ReceiverCheck.Result(probe: probe, outcome: .answered(status: 204), time: .microseconds(2_700))
        let bad = ReceiverCheck.Result(probe: probe, outcome: .failed(.timeout), time: .seconds(15))
        #expect(
            ReceiverCheckReport(asJSON: false).line(good) == "ok    valid                 expected 2xx, got 204  3 ms")
        #expect(
            ReceiverCheckReport(asJSON: false).line(bad) == """
                FAIL  valid                 expected 2xx, got timeout  15000 ms  \
                answer within 15 seconds; do the work afterwards
                """)
        #expect(
            ReceiverCheckReport(asJSON: true).line(good)
                == #"{"answer":"204","delivery":"valid","expected":"2xx","milliseconds":3,"ok":true}"#)
    }

    /// Remembers what it has seen.
    private final class Counter: Sendable {
        private let known = Mutex<Set<String>>([])

        func isNew(_ id: String) -> Bool { known.withLock { $0.insert(id).inserted } }
    }
}

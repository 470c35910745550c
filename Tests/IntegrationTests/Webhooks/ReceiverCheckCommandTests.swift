import Foundation
import TestSupport
import Testing
import Webhooks

/// `NotifierService receiver-check`, without a broker (contract section 9).
@Suite struct ReceiverCheckCommandTests {
    private struct Line: Decodable {
        let delivery: String
        let ok: Bool
        let answer: String
    }

    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    private func check(_ words: String...) async throws -> ServiceProcess.Output {
        let folder = try TemporaryFolder("check")
        let settings = ["AMQP_URL": "amqp://127.0.0.1:1/", "DATA_DIR": folder.path]
        return try await ServiceProcess(.notifier, settings: settings, folder: folder.url)
            .run(["receiver-check"] + words)
    }

    @Test func `the exit code says whether a receiver handles everything well`() async throws {
        let secret = try #require(SigningSecret(parsing: Self.secret))
        let good = try await WebhookReceiver { delivery in
            guard let id = delivery.id, let timestamp = delivery.header("webhook-timestamp"),
                let signatures = delivery.header("webhook-signature"),
                WebhookSignature.isValid(
                    id: id, timestamp: timestamp, signatures: signatures, body: delivery.body, secret: secret,
                    now: Int64(Date.now.timeIntervalSince1970))
            else { return .status(401) }
            return .status(204)
        }
        let checked = try await check(good.url, "--secret", Self.secret)
        #expect(checked.exitCode == 0 && checked.lines.count == 20, "\(checked.lines)")
        #expect(checked.lines.allSatisfy { $0.hasPrefix("ok ") })
        #expect(checked.stderr.contains("_valid was sent twice"))
        #expect(!checked.stderr.contains(Self.secret))

        let careless = try await WebhookReceiver()
        let refused = try await check(careless.url, "--json")
        let lines = try refused.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(refused.exitCode == 1 && lines.count == 20 && lines.count { !$0.ok } == 11)
        #expect(lines.first { $0.delivery == "wrong-secret" }?.answer == "200")
        #expect(refused.stderr.contains("the receiver's secret is whsec_"))
    }

    @Test(arguments: ["http://10.0.0.1/", "https://user@example.com/", "ftp://127.0.0.1/", "127.0.0.1:80", ""])
    func `a URL that cannot be called is one line, and exit code 64`(url: String) async throws {
        let output = try await check(url)
        #expect(output.exitCode == 64 && output.lines.isEmpty)
        #expect(output.stderr.split(separator: "\n").count == 1, "\(output.stderr)")
    }
}

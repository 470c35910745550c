import Foundation
import TestSupport
import Testing

/// Has the Python package `standardwebhooks` verify deliveries, as a receiver does. Without the package, which comes
/// from PyPI, it verifies nothing.
struct WebhookVerifier {
    private let hasPackage: Bool

    init() async throws { hasPackage = (try? await Recipes.bash("python3 -c 'import standardwebhooks'", [:])) != nil }

    private struct Line: Encodable {
        let headers: [String: String]
        let body: String
    }

    /// Reads lines of JSON, and raises an error for the first delivery that is not valid.
    private static let program = """
        import json, os, sys
        from standardwebhooks import Webhook
        webhook = Webhook(os.environ["SECRET"])
        with open(os.environ["DELIVERIES"], encoding="utf-8") as lines:
            for line in lines:
                delivery = json.loads(line)
                webhook.verify(delivery["body"], delivery["headers"])
                try:
                    webhook.verify(delivery["body"] + " ", delivery["headers"])
                except Exception:
                    continue
                sys.exit("a changed body was accepted")
        """

    func expectValid(_ deliveries: [ReceivedDelivery], secret: String) async throws {
        guard hasPackage else { return }
        let folder = try TemporaryFolder("webhooks")
        let lines = try deliveries.map { delivery in
            let headers = Dictionary(delivery.headers.map { ($0.name, $0.value) }) { first, _ in first }
            let line = Line(headers: headers, body: delivery.text)
            return String(decoding: try JSONEncoder().encode(line), as: UTF8.self)
        }
        let file = folder.url.appending(path: "deliveries")
        try Data(lines.joined(separator: "\n").utf8).write(to: file)
        let program = folder.url.appending(path: "verify.py")
        try Data(Self.program.utf8).write(to: program)
        do {
            _ = try await Recipes.bash(
                #"python3 "$PROGRAM""#,
                ["PROGRAM": program.path, "DELIVERIES": file.path, "SECRET": secret])
        } catch {
            Issue.record("standardwebhooks refuses a delivery: \(error)")
        }
    }
}

import ArgumentParser
import Contracts
import Crypto
import Foundation
import ServiceKit
import Web
import Webhooks

/// `receiver-check URL`: whether a receiver of callbacks and webhooks does what it must, for those who write one.
struct ReceiverCheckCommand: StandaloneCommand {
    static let configuration = CommandConfiguration(
        commandName: "receiver-check",
        abstract: "Send good and bad deliveries to a receiver of webhooks, and report which it handles well.",
        discussion: """
            Every delivery is an operation that has ended, signed by Standard Webhooks; the operations do not exist. \
            Receivers on this machine can be checked, over http and on any port; WEBHOOK_ALLOW_CIDRS allows other \
            addresses that are not public. Exit code 0 if all deliveries were handled well; otherwise 1.
            """)

    @Argument(help: "The receiver's URL.")
    var url: String

    @Option(
        help: "The secret that the receiver has, whsec_…; one is made and printed if it is not given.",
        transform: { text in
            guard let secret = SigningSecret(parsing: text) else {
                throw ValidationError("it must be whsec_ and base64 of 24 to 64 bytes")
            }
            return secret
        })
    var secret: SigningSecret?

    @OptionGroup var output: OutputOptions

    func run(_ reader: SettingsReader) async throws -> Int32 {
        let callbackGuard = CallbackGuard(rules: try Self.rules(reader))
        do throws(CallbackURL.Fault) {
            let url = try await callbackGuard.check(url)
            if url.needsPermission { note("the services themselves call only public addresses, by https on port 443") }
        } catch {
            throw ConfigurationError("\(url.quoted): \(Self.reason(error))")
        }
        let secret = secret ?? Self.newSecret()
        let report = ReceiverCheckReport(asJSON: output.json)
        let probes = ReceiverProbes(
            secret: secret, otherSecret: Self.newSecret(), time: .now(), prefix: "check_\(UUID().uuidString.prefix(8))")
        if self.secret == nil { introduce(secret) }
        let sender = HTTPWebhookSender(callbackGuard, userAgent: NotifierService.userAgent)
        var faults = 0
        await ReceiverCheck(sender: sender, url: url).run(probes.all) { result in
            if result.fault != nil { faults += 1 }
            print(report.line(result))
        }
        await sender.shutdown()
        note("\(probes.prefix)_valid was sent twice: look whether the receiver did twice what it does once")
        return faults == 0 ? 0 : 1
    }

    /// The one who runs the command may reach this machine anyway.
    private static func rules(_ reader: SettingsReader) throws -> AddressRules {
        let loopback = ["127.0.0.0/8", "::1/128"].compactMap(AddressRange.init(parsing:))
        return AddressRules(allowed: try WebhookPolicy(reader).rules.allowed + loopback)
    }

    private static func newSecret() -> SigningSecret {
        SigningSecret(of: configuration.commandName ?? "", generation: 0, master: SymmetricKey(size: .bits256))
    }

    private static func reason(_ fault: CallbackURL.Fault) -> String {
        switch fault {
        case .notAnAbsoluteURL: "it must be an absolute URL of https or http, in ASCII"
        case .tooLong: "it is longer than \(CallbackURL.longest) bytes"
        case .userInfo: "it must not contain a user or a password"
        case .fragment: "it must not contain a fragment"
        case .schemeOrPort: "a public address is called only by https on port 443"
        case .refusedHost:
            "the name is unknown, or an address of it is not public; --webhook-allow-cidrs allows others"
        }
    }

    /// Prints the secret that was made. A person gets the time to give it to the receiver.
    private func introduce(_ secret: SigningSecret) {
        note("the receiver's secret is \(secret.text)")
        guard isatty(STDIN_FILENO) == 1 else { return }
        note("press Enter when the receiver has it")
        _ = readLine()
    }

    /// Standard output has only the results.
    private func note(_ text: String) {
        ServiceProgram.reportError(text, executable: "receiver-check")
    }
}

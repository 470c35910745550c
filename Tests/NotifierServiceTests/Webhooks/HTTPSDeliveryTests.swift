import Foundation
import NIOSSL
import NotifierDomain
import TestSupport
import Testing
import Web
import Webhooks

@testable import NotifierService

/// Deliveries over TLS: the certificate must be the name's, although the connection is made to an address.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"), "openssl is not installed"))
struct HTTPSDeliveryTests {
    private struct Names: AddressResolver {
        func addresses(of name: String) async -> [IPAddress] { [IPAddress(parsing: "127.0.0.1")].compactMap(\.self) }
    }

    private let folder: TemporaryFolder
    private let certificates: [NIOSSLCertificate]
    private let context: NIOSSLContext

    init() throws {
        folder = try TemporaryFolder("tls")
        let (certificate, key) = (folder.path + "/certificate.pem", folder.path + "/key.pem")
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
            "-out",
            certificate, "-days", "2", "-subj", "/CN=receiver", "-addext", "subjectAltName=DNS:receiver.example",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        certificates = try NIOSSLCertificate.fromPEMFile(certificate)
        context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: certificates.map(NIOSSLCertificateSource.certificate),
                privateKey: .privateKey(NIOSSLPrivateKey(file: key, format: .pem))))
    }

    private func outcome(
        _ host: String, _ receiver: WebhookReceiver, trusting roots: NIOSSLTrustRoots
    ) async throws -> AttemptOutcome {
        let rules = AddressRules(allowed: try [#require(AddressRange(parsing: "127.0.0.0/8"))])
        let sender = HTTPWebhookSender(
            CallbackGuard(rules: rules, resolver: Names()), userAgent: "x/1",
            limits: .init(connect: testTimeout, total: testTimeout), trustRoots: roots)
        let outcome = await sender.post([0x7B, 0x7D], to: "https://\(host):\(receiver.port)/", fields: [])
        await sender.shutdown()
        return outcome
    }

    @Test func `a receiver needs a certificate of its name that the system trusts`() async throws {
        let receiver = try await WebhookReceiver(tls: context)
        let trusted = NIOSSLTrustRoots.certificates(certificates)
        #expect(try await outcome("receiver.example", receiver, trusting: trusted) == .answered(status: 200))
        #expect(receiver.deliveries.first?.header("host") == "receiver.example:\(receiver.port)")
        for (host, roots) in [
            ("other.example", trusted), ("127.0.0.1", trusted), ("receiver.example", .system),
            ("receiver.example", .default),
        ] {
            #expect(
                try await outcome(host, receiver, trusting: roots) == .failed(.certificateInvalid), "\(host) \(roots)")
        }
        #expect(receiver.deliveries.count == 1)
    }
}

import AsyncHTTPClient
import Contracts
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import NotifierDomain
import Web
import Webhooks

/// Posts deliveries over HTTP/1.1 (contract section 8). A connection is made only to an address that was checked, and
/// kept for the next delivery to the same host. Redirects are not followed.
struct HTTPWebhookSender: WebhookSender {
    /// How long an attempt may take, and a connection may wait for the next one.
    struct Limits: Sendable {
        /// To connect to one address, TLS included.
        var connect: Duration = .seconds(5)
        /// In all, from the name's resolution to the last byte of the answer.
        var total: Duration = .seconds(15)
        /// Shorter than receivers keep a connection, so that nothing is sent into one that is just being closed. Common
        /// servers wait for 2 s and longer.
        var idle: Duration = .seconds(1)
    }

    /// Of the addresses of a name, as many are tried: it is what fits into the time.
    private static let maxAddresses = 3

    private let callbackGuard: CallbackGuard
    private let userAgent: String
    private let limits: Limits
    private let clients: CallbackClients

    /// - Parameters:
    ///   - userAgent: name and version, as in `NotifierService/1.0.0`.
    ///   - trustRoots: who signs the receivers' certificates.
    init(
        _ callbackGuard: CallbackGuard, userAgent: String, limits: Limits = Limits(),
        trustRoots: NIOSSLTrustRoots = .system
    ) {
        self.callbackGuard = callbackGuard
        self.userAgent = userAgent
        self.limits = limits
        clients = CallbackClients(limits, trustRoots: trustRoots)
    }

    /// Closes all connections; after it nothing can be sent.
    func shutdown() async { await clients.shutdown() }

    func send(_ attempt: DeliveryAttempt) async -> AttemptOutcome {
        let signature = WebhookSignature(
            id: attempt.webhookID, timestamp: attempt.time.milliseconds / 1_000, body: attempt.body,
            secrets: attempt.secrets)
        return await post(
            attempt.body, to: attempt.url,
            fields: [
                (WebhookSignature.idField, signature.id),
                (WebhookSignature.timestampField, "\(signature.timestamp)"),
                (WebhookSignature.signatureField, signature.signatures),
                // Not signed, for the receiver's log.
                ("webhook-attempt", "\(attempt.number)"),
            ])
    }

    /// Posts a body with these header fields beside those that every delivery has.
    func post(_ body: [UInt8], to url: String, fields: [(String, String)]) async -> AttemptOutcome {
        await withTaskGroup(of: AttemptOutcome.self) { group in
            group.addTask { await self.answer(to: body, url, fields) }
            // The client's own timeout covers only the head; the body could arrive byte by byte.
            group.addTask {
                try? await Task.sleep(for: self.limits.total)
                return .failed(.timeout)
            }
            let first = await group.next() ?? .failed(.timeout)
            group.cancelAll()
            return first
        }
    }

    private func answer(to body: [UInt8], _ text: String, _ fields: [(String, String)]) async -> AttemptOutcome {
        guard let url = try? CallbackURL(validating: text, by: callbackGuard.rules),
            let addresses = try? await callbackGuard.addresses(of: url)
        else { return .failed(.addressRefused) }
        var request = HTTPClientRequest(url: url.url.absoluteString)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: userAgent)
        for (name, value) in fields { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        var failure = AttemptOutcome.Failure.connectionFailed
        for address in addresses.prefix(Self.maxAddresses) {
            do {
                return try await clients.withClient(for: url.host, at: address) { [request] client in
                    try await Self.execute(request, client, within: limits.total)
                }
            } catch {
                failure = AttemptOutcome.Failure(error)
                // Only if nothing was sent may it be sent to another address.
                guard AttemptOutcome.Failure.isUnreachable(error) else { break }
            }
        }
        return .failed(failure)
    }

    private static func execute(
        _ request: HTTPClientRequest, _ client: HTTPClient, within limit: Duration
    ) async throws -> AttemptOutcome {
        let response = try await client.execute(request, timeout: TimeAmount(limit))
        var body: [UInt8] = []
        for try await part in response.body {
            body += part.readableBytesView.prefix(AttemptOutcome.maxBody - body.count)
            // What is left unread ends the connection.
            if body.count == AttemptOutcome.maxBody { break }
        }
        return .answered(
            status: Int(response.status.code), retryAfter: response.headers.first(name: "retry-after"), body: body)
    }
}

import Contracts
import Foundation
import NIOSSL
import NotifierDomain
import Synchronization
import TestSupport
import Testing
import Web
import Webhooks

@testable import NotifierService

/// What is posted, and what becomes of it, with receivers on this machine.
@Suite struct HTTPWebhookSenderTests {
    private let secret: SigningSecret
    private let old: SigningSecret
    private let local: AddressRules

    init() throws {
        secret = try #require(SigningSecret(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        old = try #require(SigningSecret(parsing: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"))
        local = AddressRules(allowed: try [#require(AddressRange(parsing: "127.0.0.0/8"))])
    }

    /// Answers every name with the addresses it was told; a name that has several answers gives one after the other.
    private final class Names: AddressResolver {
        private let answers: Mutex<[[String]]>

        init(_ answers: [String]...) { self.answers = Mutex(answers) }

        func addresses(of name: String) async -> [IPAddress] {
            let texts = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? [] }
            return texts.compactMap(IPAddress.init(parsing:))
        }
    }

    private func withSender<Result>(
        _ names: Names = Names(["127.0.0.1"]), connect: Duration = testTimeout, total: Duration = testTimeout,
        idle: Duration = testTimeout, _ body: (HTTPWebhookSender) async throws -> Result
    ) async throws -> Result {
        let sender = HTTPWebhookSender(
            CallbackGuard(rules: local, resolver: names), userAgent: "NotifierService/1.0.0",
            limits: .init(connect: connect, total: total, idle: idle))
        do {
            let result = try await body(sender)
            await sender.shutdown()
            return result
        } catch {
            await sender.shutdown()
            throw error
        }
    }

    private func attempt(_ url: String, number: Int = 1, secrets: [SigningSecret]? = nil) -> DeliveryAttempt {
        DeliveryAttempt(
            webhookID: "op_p00-1", number: number, url: url, body: Array(#"{"type":"operation.completed"}"#.utf8),
            secrets: secrets ?? [secret], time: .testStart)
    }

    @Test func `a delivery is a signed POST of JSON`() async throws {
        let receiver = try await WebhookReceiver { _ in .status(200, body: "ok") }
        try await withSender { sender in
            let outcome = await sender.send(attempt(receiver.url + "?a=b", secrets: [secret, old]))
            #expect(outcome == .answered(status: 200, body: Array("ok".utf8)))
        }
        let delivery = try #require(receiver.deliveries.first)
        #expect(receiver.deliveries.count == 1 && delivery.method == "POST" && delivery.path == "/hook?a=b")
        #expect(delivery.text == #"{"type":"operation.completed"}"#)
        #expect(delivery.header("content-type") == "application/json")
        #expect(delivery.header("user-agent") == "NotifierService/1.0.0")
        #expect(delivery.header("host") == "127.0.0.1:\(receiver.port)")
        #expect(delivery.header("content-length") == "\(delivery.body.count)")
        let id = try #require(delivery.header("webhook-id"))
        let timestamp = try #require(delivery.header("webhook-timestamp"))
        let signatures = try #require(delivery.header("webhook-signature"))
        #expect(id == "op_p00-1" && timestamp == "\(Timestamp.testStart.milliseconds / 1_000)")
        for secret in [secret, old] {
            #expect(
                WebhookSignature.isValid(
                    id: id, timestamp: timestamp, signatures: signatures, body: delivery.body, secret: secret,
                    now: Timestamp.testStart.milliseconds / 1_000))
        }
        #expect(delivery.header("webhook-attempt") == "1")
        #expect(delivery.header("accept-encoding") == nil && delivery.header("cookie") == nil)
    }

    @Test func `every answer is an outcome, and none is followed`() async throws {
        let elsewhere = try await WebhookReceiver()
        let target = "http://127.0.0.1:\(elsewhere.port)/"
        for (answer, expected) in [
            (WebhookReceiver.Answer.status(204), AttemptOutcome.answered(status: 204)),
            (.status(301, headers: [("location", target)]), .answered(status: 301)),
            (.status(307, headers: [("location", "http://169.254.169.254/")]), .answered(status: 307)),
            (.status(410, body: "gone"), .answered(status: 410, body: Array("gone".utf8))),
            (.status(429, headers: [("Retry-After", "120")]), .answered(status: 429, retryAfter: "120")),
            (.status(500), .answered(status: 500)),
            (.status(200, headers: [("content-encoding", "gzip")], body: "x"), .answered(status: 200, body: [0x78])),
            (.close, .failed(.connectionFailed)),
            (.raw("garbage\r\n\r\n"), .failed(.responseInvalid)),
            (.raw("SSH-2.0-OpenSSH_9.2\r\n"), .failed(.responseInvalid)),
            (.raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"), .failed(.responseInvalid)),
        ] {
            let receiver = try await WebhookReceiver { _ in answer }
            try await withSender { sender in
                #expect(await sender.send(attempt(receiver.url)) == expected, "\(answer)")
            }
            #expect(receiver.deliveries.count == 1, "\(answer)")
        }
        #expect(elsewhere.deliveries.isEmpty)
    }

    @Test func `8 KiB of an answer are read, however long it is`() async throws {
        let receiver = try await WebhookReceiver { $0.path == "/hook" ? .flood(1 << 30) : .flood(8_193) }
        try await withSender { sender in
            let all = [UInt8](repeating: UInt8(ascii: "x"), count: 8_192)
            #expect(await sender.send(attempt(receiver.url)) == .answered(status: 200, body: all))
            #expect(await sender.send(attempt(receiver.url + "/short")) == .answered(status: 200, body: all))
        }
    }

    @Test func `a receiver that hangs, trickles or drops packets costs no more than the limit`() async throws {
        let receiver = try await WebhookReceiver { $0.path == "/hook" ? .hang : .trickle }
        let hole = try BlackHole()
        try await withSender(total: .milliseconds(300)) { sender in
            #expect(await sender.send(attempt(receiver.url)) == .failed(.timeout))
            #expect(await sender.send(attempt(receiver.url + "/trickle")) == .failed(.timeout))
        }
        try await withSender(connect: .milliseconds(100)) { sender in
            #expect(await sender.send(attempt("http://127.0.0.1:\(hole.port)/")) == .failed(.connectionFailed))
        }
    }

    @Test func `a cancelled attempt ends at once`() async throws {
        let receiver = try await WebhookReceiver { _ in .hang }
        try await withSender { sender in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await sender.send(attempt(receiver.url)) }
                try? await eventually("it has arrived") { receiver.deliveries.count == 1 }
                group.cancelAll()
            }
        }
    }

    @Test func `a connection is used for the next delivery to the same host`() async throws {
        let receiver = try await WebhookReceiver()
        try await withSender { sender in
            for number in 1...5 {
                let name = "http://receiver.example:\(receiver.port)/hook"
                #expect(await sender.send(attempt(name, number: number)) == .answered(status: 200))
            }
        }
        #expect(receiver.deliveries.count == 5 && receiver.connectionCount == 1)
        #expect(Set(receiver.deliveries.compactMap(\.id)) == ["op_p00-1"])
        #expect(receiver.deliveries.first?.header("host") == "receiver.example:\(receiver.port)")
    }

    @Test func `a name that leads to a forbidden address when the connection is made is not called`() async throws {
        let receiver = try await WebhookReceiver()
        let checker = CallbackGuard(rules: AddressRules(), resolver: Names(["93.184.216.34"], ["127.0.0.1"]))
        #expect(try await checker.check("https://moves.example/").needsPermission == false)
        let sender = HTTPWebhookSender(checker, userAgent: "x/1")
        #expect(await sender.send(attempt("https://moves.example/")) == .failed(.addressRefused))
        await sender.shutdown()
        try await withSender(Names(["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], [])) { sender in
            let url = "http://moves.example:\(receiver.port)/"
            #expect(await sender.send(attempt(url)) == .answered(status: 200))
            for _ in 0..<3 { #expect(await sender.send(attempt(url)) == .failed(.addressRefused)) }
            #expect(await sender.send(attempt("http://10.0.0.1/")) == .failed(.addressRefused))
            #expect(await sender.send(attempt("no URL")) == .failed(.addressRefused))
        }
        #expect(receiver.deliveries.count == 1)
    }

    @Test func `the next address of a name is tried if there is no connection to one`() async throws {
        let receiver = try await WebhookReceiver()
        try await withSender(Names(["127.0.0.2", "127.0.0.1"])) { sender in
            #expect(await sender.send(attempt("http://two.example:\(receiver.port)/")) == .answered(status: 200))
        }
        let closing = try await WebhookReceiver { _ in .close }
        try await withSender(Names(["127.0.0.1", "127.0.0.1"])) { sender in
            let outcome = await sender.send(attempt("http://two.example:\(closing.port)/"))
            #expect(outcome == .failed(.connectionFailed))
        }
        #expect(closing.deliveries.count == 1, "what may have arrived is not sent again by the same attempt")
    }

    @Test func `a server without TLS has no valid certificate`() async throws {
        let receiver = try await WebhookReceiver()
        try await withSender { sender in
            let outcome = await sender.send(attempt("https://127.0.0.1:\(receiver.port)/"))
            #expect(outcome == .failed(.connectionFailed))
        }
        #expect(receiver.deliveries.isEmpty)
    }

    @Test func `the clients of the least recent hosts are closed when there are many`() async throws {
        let clients = CallbackClients(.init(connect: testTimeout), trustRoots: .default, capacity: 3)
        let address = try #require(IPAddress(parsing: "127.0.0.1"))
        for number in 0..<10 {
            try await clients.withClient(for: .name("\(number).example"), at: address) { _ in }
            #expect(clients.count == min(number + 1, 3))
        }
        // One in use stays.
        try await clients.withClient(for: .name("kept.example"), at: address) { kept in
            for number in 0..<3 { try await clients.withClient(for: .name("\(number).example"), at: address) { _ in } }
            try await clients.withClient(for: .name("kept.example"), at: address) { #expect($0 === kept) }
        }
        await clients.shutdown()
        await #expect(throws: CallbackClients.ShutDown.self) {
            try await clients.withClient(for: .name("a.example"), at: address) { _ in }
        }
    }
}

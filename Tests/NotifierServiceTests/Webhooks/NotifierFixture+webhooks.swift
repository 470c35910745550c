import Contracts
import Crypto
import Ledger
import NotifierDomain
import ServiceKit
import TestSupport
import Webhooks

@testable import NotifierService

extension NotifierFixture {
    static let masterKey = SymmetricKey(data: Array(repeating: UInt8(7), count: 32))

    /// Runs a dispatcher during `body`, and then ends it as if the process had been killed.
    func dispatching(_ sender: ScriptedSender, _ body: () async throws -> Void) async throws {
        let dispatcher = dispatcher(sender)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dispatcher.run() }
            try await body()
            group.cancelAll()
        }
    }

    func dispatcher(_ sender: ScriptedSender) -> WebhookDispatcher {
        WebhookDispatcher(
            [RequestedPartition(file: file, writer: writer)], notices, sender: sender,
            secrets: CallerSecrets(master: Self.masterKey), schedule: .standard, logger: .quiet,
            now: { [wall = world.wall] in wall.now })
    }

    /// The rows of all deliveries, as `event endpoint state attempts`.
    func deliveries() throws -> [String] {
        try file.pointRead { snapshot in
            try snapshot.rows("SELECT event, endpoint, state, attempts FROM webhook_delivery ORDER BY id") {
                "\($0.text(0)) \($0.text(1)) \($0.text(2)) \($0.int(3))"
            }
        }
    }

    /// The states of all deliveries, in the order of their creation.
    func states() throws -> [String] {
        try file.pointRead { snapshot in
            try snapshot.rows("SELECT state FROM webhook_delivery ORDER BY id") { $0.text(0) }
        }
    }

    func settled() async throws {
        try await eventually("no delivery is due") {
            try count("SELECT count(*) FROM webhook_delivery WHERE due <= \(world.wall.now.milliseconds)") == 0
        }
    }

    private func count(_ sql: String) throws -> Int {
        try file.pointRead { snapshot in
            var count = 0
            try snapshot.statement(composed: sql).forEachRow { count = $0.int(0) }
            return count
        }
    }

    /// What ApplicationService would get from this partition.
    func ask(
        _ method: String, _ path: String, body: String? = nil, role: String = "fund", caller: String? = "1"
    ) async throws -> ForwardedResponse {
        let request = ForwardedRequest(
            method: method, path: path, role: role, caller: caller.map { .trusted($0) }, body: body, isPart: true)
        let routes =
            DeliveryRoutes(notices: notices).all + InboxRoutes(waiters: waiters).all + SentNotificationRoutes().all
            + PreferencesRoutes().all
        let reply = try await NotifierRouter(routes).answer(
            .forwardedRequest(request), from: RequestedPartition(file: file, writer: writer))
        guard case .forwardedResponse(let response) = reply else { throw UnexpectedReply(reply: "\(reply)") }
        return response
    }

    struct UnexpectedReply: Error {
        let reply: String
    }
}

extension Message {
    static func event(
        _ id: String, of caller: String = "fund:1", to url: String? = "https://a.example/callback",
        type: String = "operation.completed", payload: String = #"{"id":"x"}"#
    ) -> Message {
        .webhookEvent(
            WebhookEvent(
                webhookID: id, caller: caller, type: type, timestamp: .testStart, url: url, payload: payload))
    }

    static func settings(
        of caller: String = "fund:1", generation: Int = 0, rotatedAt: Timestamp? = nil,
        _ endpoints: [WebhookEndpoint] = []
    ) -> Message {
        .webhookSettings(
            WebhookSettings(caller: caller, generation: generation, rotatedAt: rotatedAt, endpoints: endpoints))
    }
}

extension WebhookEndpoint {
    /// - Parameter enabled: in seconds from the start of the test.
    static func at(_ id: String, _ events: [String] = [], enabled: Int64 = 0) -> WebhookEndpoint {
        WebhookEndpoint(
            endpointID: id, url: "https://\(id).example/", events: events,
            enabledAt: .testStart.advanced(by: .seconds(enabled)))
    }
}

import ApplicationDomain
import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import ServiceKit
import Web
import Webhooks

/// The caller's signing secret and webhook endpoints (contract section 8). They are in the partition of the caller's
/// name, and each caller has only their own.
struct WebhooksController: Sendable {
    let policy: ApplicationPolicy
    let webhooks: WebhookPolicy
    let partitions: LocalPartitions
    let callbacks: CallbackURLCheck
    let subscribers: EventSubscribers?
    let deliveries: DeliveryQueries

    // MARK: - The signing secret

    @Sendable func getSecret(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try respond(with: settings(context), context)
    }

    @Sendable func rotateSecret(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        switch try await apply(.rotateSecret, context) {
        case .changed(let settings, _): return try respond(with: settings, context)
        case .replayed(let settings, _, _): return try respond(with: settings, context, isReplay: true)
        case .refused(let refusal): throw Problem(refusal)
        case .keyReused: throw Problem.idempotencyMismatch
        }
    }

    /// Completes the answer of the process that owns the caller's partition.
    func complete(_ answer: Response, _ context: APIRequestContext) async throws -> Response {
        guard answer.status == .ok, let body = try await ForwardedResponse(answer).body else { return answer }
        let json = try completed(SigningSecretJSON(withoutSecret: Data(body.utf8)), context)
        var headers = answer.headers
        headers[.contentLength] = nil
        return .json(json.encoded(), headers: headers)
    }

    private func respond(
        with settings: CallerWebhooks, _ context: APIRequestContext, isReplay: Bool = false
    ) throws -> Response {
        let json = SigningSecretJSON(settings, at: .now())
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if isReplay { headers[.idempotentReplayed] = "true" }
        return .json(try (context.isForwarded ? json : completed(json, context)).encoded(), headers: headers)
    }

    private func completed(_ json: SigningSecretJSON, _ context: APIRequestContext) throws -> SigningSecretJSON {
        try callbacks.requireSupport()
        guard let master = webhooks.masterKey else { return json }
        return json.with { SigningSecret(of: context.caller.name.string, generation: $0, master: master) }
    }

    // MARK: - Endpoints

    @Sendable func create(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try callbacks.requireSupport()
        let body = try context.readBody { try $0.webhookEndpoint() }
        let events = try body.events.map(Self.types) ?? []
        let file = try partitions.partition(ofCaller: context.caller.name).file
        // The answer to a replay does not depend on what the name of the host means now.
        let isReplay = try context.commandKey.map { key in
            try file.pointRead { try OperationStore($0).answer(to: key, now: .now()) != nil }
        }
        if isReplay != true { try await callbacks.check(body.url, at: "/url") }
        return try await respond(to: .createEndpoint(url: body.url, events: events), .created, context)
    }

    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let endpoints = try settings(context).endpoints
        return .fresh(PageJSON(items: endpoints.map { EndpointJSON($0) }, next: nil), for: request)
    }

    @Sendable func get(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let endpoint = try endpoint(context)
        let health = try await deliveries.health(of: endpoint.id, for: context.caller)
        return .fresh(EndpointJSON(endpoint, health: health), for: request)
    }

    @Sendable func delete(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await respond(to: .deleteEndpoint(try context.endpointID()), .noContent, context)
    }

    @Sendable func enable(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await respond(to: .enableEndpoint(try context.endpointID()), .ok, context)
    }

    private func respond(
        to change: WebhookTransaction.Change, _ status: HTTPResponse.Status, _ context: APIRequestContext
    ) async throws -> Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        let id: String?
        let body: [UInt8]
        switch try await apply(change, context) {
        case .changed(_, let endpoint):
            id = endpoint?.id.description
            body = endpoint.map { EndpointJSON($0).encoded() } ?? []
        case .replayed(_, let first, let answer):
            headers[.idempotentReplayed] = "true"
            (id, body) = (first, answer)
        case .refused(let refusal): throw Problem(refusal)
        case .keyReused: throw Problem.idempotencyMismatch
        }
        if status == .created, let id { headers[.location] = "/v1/webhook-endpoints/\(id)" }
        return body.isEmpty ? Response(status: status, headers: headers) : .json(body, status: status, headers: headers)
    }

    // MARK: - Reading and changing

    /// The caller's endpoint that the path names.
    /// - Throws: `not_found`.
    func endpoint(_ context: APIRequestContext) throws -> CallerEndpoint {
        let id = try context.endpointID()
        guard let endpoint = try settings(context).endpoint(id) else { throw Problem.notFound }
        return endpoint
    }

    private func settings(_ context: APIRequestContext) throws -> CallerWebhooks {
        try callbacks.requireSupport()
        let caller = context.caller.name
        return try partitions.partition(ofCaller: caller).file.pointRead { try WebhookStore($0).settings(of: caller) }
    }

    private func apply(
        _ change: WebhookTransaction.Change, _ context: APIRequestContext
    ) async throws -> WebhookTransaction.Result {
        try callbacks.requireSupport()
        let caller = context.caller.name
        let key = context.commandKey
        let partition = try partitions.partition(ofCaller: caller)
        return try await partition.writer.perform(traceparent: context.traceparent) {
            [policy, subscribers] transaction in
            try WebhookTransaction(policy: policy, subscribers: subscribers, transaction: transaction)
                .apply(change, of: caller, key: key) { EndpointJSON($0).encoded() }
        }
    }

    /// The types that the names stand for, each once.
    private static func types(_ names: [String]) throws(Problem) -> [EventType] {
        guard !names.isEmpty else { throw invalid("/events", "must name at least one type, or be absent") }
        var types: [EventType] = []
        for (index, name) in names.enumerated() {
            guard let type = EventType(name: name) else {
                let known = EventType.allCases.map(\.name).joined(separator: ", ")
                throw invalid("/events/\(index)", "must be one of: \(known)")
            }
            if !types.contains(type) { types.append(type) }
        }
        return types
    }

    private static func invalid(_ pointer: String, _ rule: String) -> Problem {
        Problem(MessageError(code: .badValue, pointer: pointer, detail: rule))
    }
}

extension APIRequestContext {
    /// - Throws: `not_found` for an id that no endpoint has.
    fileprivate func endpointID() throws(Problem) -> EndpointID {
        guard let id = EndpointID(parsing: try text("id")) else { throw .notFound }
        return id
    }
}

extension Problem {
    fileprivate init(_ refusal: CallerWebhooks.Refusal) {
        switch refusal {
        case .unknownEndpoint: self = .notFound
        case .tooManyEndpoints:
            self.init(
                .tooManyEndpoints,
                "A caller has at most \(Limits.webhookEndpoints.upperBound) webhook endpoints: delete one first.")
        case .rotatedRecently(let wait): self = .rotatedRecently(retryAfter: wait)
        }
    }
}

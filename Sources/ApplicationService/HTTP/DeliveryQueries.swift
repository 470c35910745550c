import ApplicationDomain
import Contracts
import Foundation
import Hummingbird
import Web

/// What NotifierService is asked of deliveries, for callers who may see them (contract section 8).
struct DeliveryQueries: Sendable {
    /// To the partitions of NotifierService.
    let forwarder: RequestForwarder
    /// The numbers of all of them.
    let partitions: [Partition]

    /// How long an answer waits for what it shows beside something else.
    private static let limit: Duration = .seconds(1)

    /// How far the callback of an operation has come.
    func callback(of operation: CommandOperation, for caller: Caller) async throws -> CallbackStatus {
        guard operation.endedAt != nil else { return .waiting }
        let partition = Partition.of(key: operation.caller.string, count: partitions.count)
        let path = "/v1/operations/\(operation.id)/callback"
        guard let answer = try await forwarder.ask(path, of: partition, for: caller, within: Self.limit) else {
            return .unavailable
        }
        // The event is still on its way, or its delivery is no longer kept.
        if answer.status == 404 { return .waiting }
        return Self.decode(CallbackStatus.self, answer) ?? .unavailable
    }

    /// Whether an endpoint receives.
    func health(of endpoint: EndpointID, for caller: Caller) async throws -> EndpointHealth {
        let parts = try await inAll { partition in
            let path = "/v1/webhook-endpoints/\(endpoint)/health"
            let answer = try await forwarder.ask(path, of: partition, for: caller, within: Self.limit)
            return answer.flatMap { Self.decode(EndpointHealth.self, $0) }
        }
        return EndpointHealth(of: parts)
    }

    /// The deliveries to an endpoint, the newest first.
    /// - Throws: `unavailable` if a partition cannot be read: a partial list would look complete.
    func deliveries(
        _ page: PageRequest, _ request: Request, _ context: APIRequestContext
    ) async throws -> Page<[UInt8]> {
        try await forwarder.newestFirst(page, of: .listWebhookDeliveries, request, context, in: partitions)
    }

    /// Has every partition retry what has failed; adds up what they answer.
    func retryAll(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let answers = try await inAll { partition in
            try await ForwardedResponse(
                forwarder.answer(request, to: .retryWebhookDeliveries, context, by: partition))
        }
        if let refusal = answers.first(where: { $0.status != 200 }) { return refusal.response }
        let counts = answers.map { Self.decode(RetryCount.self, $0) }
        guard !counts.contains(nil) else { throw Problem.partitionNotServed }
        let known = counts.compactMap(\.self)
        return .json(
            RetryCount(retried: known.reduce(0) { $0 + $1.retried }, more: known.contains { $0.more == true })
                .encoded(),
            headers: [.cacheControl: "no-store"])
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ answer: ForwardedResponse) -> Value? {
        guard answer.status == 200, let body = answer.body else { return nil }
        return try? JSONDecoder().decode(type, from: Data(body.utf8))
    }

    /// The results for all partitions, computed at the same time.
    private func inAll<Result: Sendable>(
        _ result: @escaping @Sendable (Partition) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: Result.self) { group in
            for partition in partitions { group.addTask { try await result(partition) } }
            var results: [Result] = []
            for try await result in group { results.append(result) }
            return results
        }
    }
}

import ApplicationDomain
import Contracts
import Hummingbird
import Web

/// The deliveries to the caller's webhook endpoints, which NotifierService has (contract section 8). Whether an
/// endpoint is the caller's is checked here.
struct DeliveriesController: Sendable {
    let webhooks: WebhooksController
    let queries: DeliveryQueries

    @Sendable func list(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        _ = try webhooks.endpoint(context)
        _ = try request.query("state", as: DeliveryState.self)
        let page = try PageRequest(request, of: .listWebhookDeliveries)
        let found = try await queries.deliveries(page, request, context)
        return .fresh(PageJSON(items: found.items, next: found.next.map(page.url)), for: request)
    }

    /// One delivery, or another attempt of it.
    /// - Parameter route: of the request.
    func pass(_ request: Request, _ route: Route, _ context: APIRequestContext) async throws -> Response {
        _ = try webhooks.endpoint(context)
        let name = try context.text("delivery_id").prefix { $0 != "-" }
        guard let partition = Partition(name: String(name)), partition.number < queries.partitions.count else {
            throw Problem.notFound
        }
        return try await queries.forwarder.answer(request, to: route, context, by: partition)
    }

    @Sendable func retryAll(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        _ = try webhooks.endpoint(context)
        return try await queries.retryAll(request, context)
    }

    /// NotifierService may not know an endpoint yet that has just been created.
    @Sendable func test(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        _ = try webhooks.endpoint(context)
        let partition = Partition.of(key: context.caller.name.string, count: queries.partitions.count)
        for _ in 0..<Self.testAttempts {
            let answer = try await queries.forwarder.answer(request, to: .testWebhookEndpoint, context, by: partition)
            guard answer.status == .notFound else { return answer }
            try await Task.sleep(for: Self.testPause)
        }
        throw Problem.unavailable("NotifierService does not know the endpoint yet.", retryAfter: .seconds(1))
    }

    private static let testAttempts = 20
    private static let testPause: Duration = .milliseconds(100)
}

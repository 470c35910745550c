import Contracts
import Foundation
import Ledger
import NotifierDomain
import ServiceKit
import Web

/// What callers ask of their deliveries (contract section 8). ApplicationService has checked that the operation or the
/// endpoint is the caller's.
struct DeliveryRoutes: Sendable {
    let notices: DeliveryNotices

    /// The deliveries of a page.
    private static let limits = 1...200
    private static let defaultLimit = 50
    /// In one transaction.
    private static let retriesPerStep = LedgerTransaction.stepRows
    /// In one request, so that it is answered in time.
    private static let maxRetries = 40 * retriesPerStep

    var all: [NotifierRoute] {
        let deliveries = "/v1/webhook-endpoints/{id}/deliveries"
        return [
            NotifierRoute("GET", "/v1/operations/{id}/callback", callback),
            NotifierRoute("GET", "/v1/webhook-endpoints/{id}/health", health),
            NotifierRoute("POST", "/v1/webhook-endpoints/{id}/test", test),
            NotifierRoute("POST", "/v1/webhook-endpoints/{id}/retry", retryAll),
            NotifierRoute("GET", deliveries, list),
            NotifierRoute("GET", deliveries + "/{delivery_id}", show),
            NotifierRoute("POST", deliveries + "/{delivery_id}/retry", retry),
        ]
    }

    // MARK: - Reading

    @Sendable private func callback(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let event = request.parameter("id")
        let delivery = try request.partition.file.pointRead { try DeliveryStore($0).callback(of: event) }
        guard let delivery, request.caller.role == .service || request.caller.name.string == delivery.caller else {
            throw Problem(.notFound, "No callback is known for this operation.")
        }
        return .json(DeliveryJSON.callback(delivery.progress))
    }

    @Sendable private func health(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let id = request.parameter("id")
        let stored = try request.partition.file.pointRead { try WebhookSettingsStore($0).endpoint(id) }
        // One that is not known here yet has not failed.
        return .json(EndpointHealthJSON(health: stored?.health ?? EndpointHealth()).encoded())
    }

    /// A part of the list over all partitions.
    @Sendable private func list(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let partition = request.partition.file.address.partition
        let limit = try request.number("limit", in: Self.limits, default: Self.defaultLimit)
        let states = try request.query["state"].map { text throws(Problem) in
            guard let state = DeliveryProgress.State(rawValue: text) else {
                let words = DeliveryProgress.State.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(.malformed, "state must be one of: \(words).")
            }
            return [state]
        }
        let cursor = try request.query["cursor"].map(ListCursor.init(parsing:))
        let position = cursor?.deliveryPosition(in: partition) ?? .first
        let id = request.parameter("id")
        let found = try await request.partition.file.read { snapshot in
            // One more than needed tells whether another page follows.
            try (states ?? DeliveryProgress.State.allCases).flatMap {
                try DeliveryStore(snapshot).deliveries(of: id, in: $0, after: position, limit: limit + 1)
            }
        }
        let sorted = found.sorted { ($0.createdAt, $0.rowID) > ($1.createdAt, $1.rowID) }
        let items = sorted.prefix(limit).map { delivery in
            ListPart.Item(
                place: "\(delivery.createdAt.milliseconds) \(delivery.rowID)",
                json: DeliveryJSON(delivery: delivery, partition: partition).encoded())
        }
        return .part(ListPart(items: items, end: sorted.count > limit ? items.last?.place : nil))
    }

    @Sendable private func show(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let rowID = try request.deliveryRowID()
        let endpoint = request.parameter("id")
        let found = try await request.partition.file.read { snapshot in
            let store = DeliveryStore(snapshot)
            guard let delivery = try store.delivery(rowID), delivery.endpoint == endpoint else {
                return nil as (StoredWebhookDelivery, [UInt8], [StoredAttempt])?
            }
            return (delivery, try store.body(of: rowID), try store.attempts(of: rowID))
        }
        guard let (delivery, body, attempts) = found else { throw Problem.unknownDelivery }
        let json = DeliveryJSON(
            delivery: delivery, partition: request.partition.file.address.partition, details: (body, attempts))
        return .json(json.encoded())
    }

    // MARK: - Writing

    @Sendable private func test(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let id = request.parameter("id")
        let created = try await request.partition.writer.perform { [notices] transaction in
            guard let stored = try WebhookSettingsStore(transaction).endpoint(id) else {
                return nil as StoredWebhookDelivery?
            }
            let rowID = try DeliveryTransaction(transaction, notices).addTest(of: stored)
            return try rowID.flatMap { try DeliveryStore(transaction).delivery($0) }
        }
        guard let created else { throw Problem(.notFound, "This webhook endpoint is not known yet; try again later.") }
        return accepted(created, request)
    }

    @Sendable private func retry(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let rowID = try request.deliveryRowID()
        let endpoint = request.parameter("id")
        let replayed = try await request.partition.writer.perform { [notices] transaction in
            guard let delivery = try DeliveryStore(transaction).delivery(rowID), delivery.endpoint == endpoint else {
                return nil as StoredWebhookDelivery?
            }
            return try DeliveryTransaction(transaction, notices).replay(delivery, isForced: true)
        }
        guard let replayed else { throw Problem.unknownDelivery }
        return accepted(replayed, request)
    }

    private func accepted(_ delivery: StoredWebhookDelivery, _ request: NotifierRequest) -> ForwardedResponse {
        .json(
            DeliveryJSON(delivery: delivery, partition: request.partition.file.address.partition).encoded(),
            status: 202)
    }

    /// Replays what failed or was skipped since a time, the oldest first, in steps.
    @Sendable private func retryAll(_ request: NotifierRequest) async throws -> ForwardedResponse {
        let since = try RetryRequest(parsing: request.forwarded.body ?? "").since
        let endpoint = request.parameter("id")
        var retried = 0
        for state in [DeliveryProgress.State.failed, .skipped] {
            var position = DeliveryPosition(createdAt: since, rowID: 0)
            while retried < Self.maxRetries {
                let step = try await request.partition.writer.perform { [notices, position] transaction in
                    let page = try DeliveryStore(transaction).deliveries(
                        of: endpoint, in: state, from: position, limit: Self.retriesPerStep)
                    let deliveries = DeliveryTransaction(transaction, notices)
                    for delivery in page { _ = try deliveries.replay(delivery, isForced: false) }
                    return page.map { DeliveryPosition(createdAt: $0.createdAt, rowID: $0.rowID + 1) }
                }
                retried += step.count
                guard step.count == Self.retriesPerStep, let last = step.last else { break }
                position = last
            }
        }
        return .json(RetryRequest.answer(retried: retried, hasMore: retried >= Self.maxRetries))
    }
}

extension NotifierRequest {
    /// The row of the delivery that the path names.
    /// - Throws: `notFound` if it is of another partition.
    fileprivate func deliveryRowID() throws(Problem) -> Int64 {
        guard let id = DeliveryID(parsing: parameter("delivery_id")), id.partition == partition.file.address.partition
        else { throw .unknownDelivery }
        return id.rowID
    }
}

extension Problem {
    fileprivate static let unknownDelivery = Problem(.notFound, "No such delivery, or it is no longer kept.")
}

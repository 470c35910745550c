import ApplicationDomain
import Contracts
import Ledger

/// A change of a caller's webhook settings inside the writer's transaction: the settings, the idempotency record and
/// the messages to every partition of NotifierService are committed together.
struct WebhookTransaction {
    enum Change: Sendable, Hashable {
        case rotateSecret
        case createEndpoint(url: String, events: [EventType])
        case deleteEndpoint(EndpointID)
        case enableEndpoint(EndpointID)
    }

    /// Client errors are results, not thrown errors, so that they do not roll back the rest of the batch.
    enum Result: Sendable, Hashable {
        /// - Parameter endpoint: the one that was created or enabled.
        case changed(CallerWebhooks, endpoint: CallerEndpoint?)
        /// The same request with the same Idempotency-Key was carried out before.
        /// - Parameter endpoint: the one that was created or enabled, as JSON, as the first answer showed it.
        case replayed(CallerWebhooks, id: String, endpoint: [UInt8])
        case refused(CallerWebhooks.Refusal)
        /// The Idempotency-Key was used with a different body.
        case keyReused
    }

    let policy: ApplicationPolicy
    let subscribers: EventSubscribers?
    let transaction: LedgerTransaction

    /// - Parameter encode: the JSON of an endpoint, which is stored with the key as the answer to replays.
    func apply(
        _ change: Change, of caller: ExactString, key: CommandKey?, encode: (CallerEndpoint) -> [UInt8]
    ) throws -> Result {
        let store = WebhookStore(transaction)
        let operations = OperationStore(transaction)
        let before = try store.settings(of: caller)
        if let key, let answer = try operations.answer(to: key, now: transaction.now) {
            guard answer.isSameCommand else { return .keyReused }
            return .replayed(before, id: answer.id, endpoint: answer.body)
        }
        var settings = before
        let endpoint: CallerEndpoint?
        do throws(CallerWebhooks.Refusal) {
            endpoint = try make(change, &settings)
        } catch {
            return .refused(error)
        }
        try store.save(settings, over: before)
        if let key {
            try operations.insert(key, id: endpoint?.id.description ?? "", answer: endpoint.map(encode) ?? [])
        }
        for number in 0..<policy.partitions {
            transaction.emit(
                .webhookSettings(settings.message),
                to: Address(service: .notifier, partition: Partition(number: number)))
        }
        subscribers?.changed(settings, in: transaction)
        return .changed(settings, endpoint: endpoint)
    }

    private func make(
        _ change: Change, _ settings: inout CallerWebhooks
    ) throws(CallerWebhooks.Refusal) -> CallerEndpoint? {
        let now = transaction.now
        switch change {
        case .rotateSecret: try settings.rotateSecret(at: now)
        case .createEndpoint(let url, let events):
            let id = EndpointID(in: transaction.address.partition, at: now, random: transaction.random())
            let endpoint = CallerEndpoint(id: id, url: url, events: events, createdAt: now, enabledAt: now)
            try settings.add(endpoint)
            return endpoint
        case .deleteEndpoint(let id): try settings.remove(id)
        case .enableEndpoint(let id):
            try settings.enable(id, at: now)
            return settings.endpoint(id)
        }
        return nil
    }
}

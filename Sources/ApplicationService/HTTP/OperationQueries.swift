import ApplicationDomain
import Contracts
import Ledger
import ServiceKit
import Web

/// Reads operations, immediately or when they have ended.
struct OperationQueries: Sendable {
    let partitions: LocalPartitions
    let waiters: OperationWaiters

    /// - Parameters:
    ///   - wait: how long to wait for a running operation to end; nil for not at all.
    ///   - caller: the caller's name; nil for one without a limit. Nothing waits if too many of its requests do.
    ///   - isVisible: checked before waiting, so that the response time does not reveal other callers' operations.
    /// - Returns: the operation, whether it was waited for if need be, and whether its retention is over; nil for an
    ///   unknown or invisible one.
    func operation(
        _ id: OperationID, waiting wait: Duration?, caller: ExactString?, isVisible: (CommandOperation) -> Bool
    ) async throws -> (operation: CommandOperation, mayWait: Bool, isExpired: Bool)? {
        func visible(mayWait: Bool) throws -> (operation: CommandOperation, mayWait: Bool, isExpired: Bool)? {
            try read(id).flatMap { isVisible($0.operation) ? ($0.operation, mayWait, $0.isExpired) : nil }
        }
        guard let wait, wait > .zero else { return try visible(mayWait: wait == .zero) }
        // Registered before the read, so that an end between the two is not missed.
        return try await waiters.withWaiter(for: id, of: caller) { waiter in
            let found = try visible(mayWait: waiter != nil)
            guard let waiter, let found, found.operation.endedAt == nil else { return found }
            await waiter.wait(atMost: wait)
            return try visible(mayWait: true)
        }
    }

    /// What a stream of the operation sends after an event.
    /// - Parameter wait: how long to wait for the operation to change if there is nothing to send.
    /// - Throws: `not_found`, `operation_expired`.
    func events(
        _ id: OperationID, after event: Int64, waiting wait: Duration, caller: Caller
    ) async throws -> EventBatch {
        func events() throws -> EventBatch {
            guard let found = try read(id), caller.canSee(found.operation) else { throw Problem.notFound }
            guard !found.isExpired else { throw Problem.operationExpired }
            return EventBatch(found.operation, after: event)
        }
        guard wait > .zero else { return try events() }
        return try await waiters.operations.withWaiter(for: id) { waiter in
            let batch = try events()
            guard batch.events.isEmpty, !batch.isLast, let waiter else { return batch }
            await waiter.wait(atMost: wait)
            var later = try events()
            later.hasWaited = true
            return later
        }
    }

    private func read(_ id: OperationID) throws -> (operation: CommandOperation, isExpired: Bool)? {
        let stored = try partitions.partition(for: id)?.file.pointRead { try OperationStore($0).operation(id) }
        guard let stored else { return nil }
        let visibility = stored.visibility(at: .now())
        return visibility == .gone ? nil : (stored.operation, visibility == .expired)
    }
}

extension EventBatch {
    /// The operation in its present state, which is event 1 while it is pending, 2 while it runs and 3 when it has
    /// ended.
    fileprivate init(_ operation: CommandOperation, after event: Int64) {
        let id: Int64 =
            switch operation.state {
            case .pending: 1
            case .running: 2
            case .ended: 3
            }
        let isNews = id > event
        self.init(
            events: isNews ? [Event(id: id, json: OperationJSON.payload(of: operation))] : [], last: max(id, event),
            isLast: operation.endedAt != nil)
    }
}

extension Problem {
    static let operationExpired = Problem(.operationExpired, "The operation's result has expired.")
}

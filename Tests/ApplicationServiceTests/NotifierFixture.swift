import ApplicationDomain
import Contracts
import Foundation
import GRDB
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// A file of ApplicationService with four partitions of NotifierService, and what was sent to them.
struct NotifierFixture {
    static let application = ID.trusted("7")
    static let handler = handler(nil)

    let store: StoreFixture
    let events: OperationEvents

    private static func handler(_ subscribers: EventSubscribers?) -> ApplicationHandler {
        ApplicationHandler(
            policy: ApplicationPolicy(partitions: 4, timeZone: "UTC", changesPerHour: 0),
            events: OperationEvents(waiters: OperationWaiters(), subscribers: subscribers))
    }

    static func run(
        _ subscribers: EventSubscribers? = nil, _ body: (NotifierFixture) async throws -> Void
    ) async throws {
        let handler = handler(subscribers)
        try await StoreFixture.run(.application, LedgerMigration.application, handler: handler) { store in
            try await body(NotifierFixture(store: store, events: handler.events))
        }
    }

    /// A volunteer of a partition of NotifierService.
    /// - Parameter number: different ones.
    static func volunteer(_ number: Int, in partition: Int) -> ID {
        let ids = (0...).lazy.map { ID.trusted("v\(number)-\($0)") }
        return ids.first { Partition.of($0, count: 4).number == partition } ?? application
    }

    static func notifier(_ partition: Int) -> Address {
        Address(service: .notifier, partition: Partition(number: partition))
    }

    /// Each message in a transaction of its own.
    func receive(_ messages: Message..., as expected: Disposition = .applied) async throws {
        for message in messages {
            try await store.write { try Self.handler.receive(message, in: $0, as: expected) }
        }
    }

    func accept(_ volunteer: ID, as expected: Disposition = .applied) async throws {
        try await receive(.response(of: volunteer, to: Self.application, .accepted), as: expected)
    }

    /// WaitlistService has the volunteer on its list, who has just accepted.
    func list(_ volunteer: ID) async throws {
        try await receive(
            .waitingListRecord(
                WaitingListRecord(
                    userID: volunteer, applicationID: Self.application, timestamp: .instant(store.clock.now),
                    position: 1)))
    }

    /// A command over HTTP, in a transaction of its own. Operations differ by their time.
    func command(
        _ command: Command, callback: String?, key: CommandKey? = nil, position: Int? = nil,
        caller: ExactString = "fund:1", volunteer: ID? = nil
    ) async throws -> OperationID {
        store.clock.advance(.milliseconds(1))
        let result = try await store.write { [events] transaction in
            try CommandTransaction(
                command, caller: CommandCaller(name: caller, access: .allApplications, volunteer: volunteer), key: key,
                callback: callback, Self.handler.policy, transaction, events
            ).decide(position: position.map { .requested($0) } ?? .notRequested) { OperationJSON($0).encoded() }
        }
        guard case .accepted(let accepted) = result else { throw NotAccepted() }
        return accepted.operation
    }

    private struct NotAccepted: Error {}

    /// The events that were sent to all partitions.
    func webhookEvents() throws -> [WebhookEvent] {
        try (0..<4).flatMap(sent).compactMap { if case .webhookEvent(let event) = $0 { event } else { nil } }
    }

    /// What was sent to a partition of NotifierService, in order.
    func sent(to partition: Int) throws -> [Message] {
        try store.file.pool.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT body FROM outbox JOIN stream_out ON stream_out.id = outbox.stream
                    WHERE name = ? ORDER BY seq
                    """,
                arguments: ["application.p00>\(Self.notifier(partition))"]
            ).map { try Message(streamed: Array($0["body"] as Data)) }
        }
    }

    /// The actions of all partitions.
    func actions() throws -> [[Action]] { try (0..<4).map { try sent(to: $0).map(\.action) } }

    /// Which partitions the row says know the application.
    func known() throws -> [Int] {
        let stored = try store.file.pointRead { try ApplicationStore($0).application(Self.application) }
        return (0..<4).filter { stored?.notifiers.contains(Partition(number: $0)) == true }
    }
}

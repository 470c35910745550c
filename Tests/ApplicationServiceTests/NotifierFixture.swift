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
    static let handler = ApplicationHandler(
        policy: ApplicationPolicy(partitions: 4, timeZone: "UTC", changesPerHour: 0),
        events: OperationEvents(waiters: OperationWaiters()))

    let store: StoreFixture

    static func run(_ body: (NotifierFixture) async throws -> Void) async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: handler) { store in
            try await body(NotifierFixture(store: store))
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

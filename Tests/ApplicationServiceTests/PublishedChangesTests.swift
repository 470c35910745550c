import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// Which transactions tell live streams of a change.
@Suite struct PublishedChangesTests {
    private static let application = ID.trusted("7")
    private static let anna = ID.trusted("anna")
    private static let boris = ID.trusted("boris")

    private struct Fixture {
        let changes = ApplicationChanges()
        let handler: ApplicationHandler

        init() {
            handler = ApplicationHandler(
                policy: ApplicationPolicy(partitions: 1, timeZone: "UTC", changesPerHour: 0),
                events: OperationEvents(waiters: OperationWaiters()), changes: changes)
        }

        /// The changes that one transaction with these messages published, with each repetition.
        func published(by store: StoreFixture, _ messages: Message...) async throws -> [ID] {
            let last = changes.last
            try await store.write { transaction in
                for message in messages { try handler.receive(message, in: transaction) }
            }
            return await changes.ids(after: last)
        }
    }

    @Test func `each transaction tells of an application once, if it or a member has changed`() async throws {
        let fixture = Fixture()
        try await StoreFixture.run(.application, LedgerMigration.application, handler: fixture.handler) { store in
            let id = Self.application
            #expect(try await fixture.published(by: store, .create(id)) == [id])
            // The same create again changes nothing.
            #expect(try await fixture.published(by: store, .create(id)) == [])
            #expect(
                try await fixture.published(
                    by: store, .response(of: Self.anna, to: id, .accepted), .response(of: Self.boris, to: id, .accepted)
                )
                    == [id])
            // Only the member's row changes: the list has a place for him.
            let record = WaitingListRecord(
                userID: Self.boris, applicationID: id, timestamp: .instant(store.clock.now), position: 1)
            #expect(try await fixture.published(by: store, .waitingListRecord(record)) == [id])
            #expect(try await fixture.published(by: store, .waitingListRecord(record)) == [])
            #expect(try await fixture.published(by: store, .response(of: Self.anna, to: id, .declined)) == [id])
            let both = try await fixture.published(
                by: store, .create(.trusted("8")), .response(of: Self.anna, to: .trusted("8"), .accepted),
                .response(of: Self.boris, to: id, .declined))
            #expect(Set(both) == [id, .trusted("8")] && both.count == 2)
        }
    }

    @Test func `a transaction that fails tells of nothing`() async throws {
        struct Failure: Error {}
        let fixture = Fixture()
        try await StoreFixture.run(.application, LedgerMigration.application, handler: fixture.handler) { store in
            let last = fixture.changes.last
            await #expect(throws: Failure.self) {
                try await store.write { transaction in
                    try fixture.handler.receive(.create(Self.application), in: transaction)
                    throw Failure()
                }
            }
            let other = ID.trusted("8")
            let published = try await fixture.published(by: store, .create(other))
            #expect(published == [other])
            let told = await fixture.changes.ids(after: last)
            #expect(told == [other])
        }
    }
}

extension ApplicationChanges {
    fileprivate func ids(after id: Int64) async -> [ID] {
        let reader = ChangeReader(of: .everything, after: id)
        return await withReader(reader) { next(for: reader).changes?.map(\.application) ?? [] }
    }
}

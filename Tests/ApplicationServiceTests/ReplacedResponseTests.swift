import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// Responses that a later one of the same volunteer replaces before WaitlistService has answered (contract section 8).
@Suite struct ReplacedResponseTests {
    private static let application = ID.trusted("7")
    private static let volunteer = ID.trusted("v")
    private static let policy = ApplicationPolicy(partitions: 1, timeZone: "UTC", changesPerHour: 0)
    private static let waiters = OperationWaiters()
    private static let events = OperationEvents(waiters: waiters)
    private static let handler = ApplicationHandler(policy: policy, events: events)

    @Test func `a response that is declined ends at once, and the next one gets a position of its own`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fill($0) }
            let first = try await fixture.respond(.accepted)
            let joined = try await fixture.write { try Self.since($0) }
            #expect(try fixture.state(first) == .pending)
            try await Self.waiters.withWaiter(for: first, of: nil) { waiter in
                let decline = try await fixture.respond(.declined)
                #expect(try fixture.state(first) == .ended(.declined))
                #expect(try fixture.state(decline) == .ended(.declined))
                // Returns because the decline has woken it: the limit is far beyond that of a test.
                try await #require(waiter).wait(atMost: .seconds(86_400))
            }

            let second = try await fixture.respond(.accepted)
            let rejoined = try await fixture.write { try Self.since($0) }
            try await fixture.write { try Self.handler.receive(Self.listing(at: 3, since: joined), in: $0) }
            #expect(try fixture.state(second) == .pending, "the answer is about the first response")
            try await fixture.write { try Self.handler.receive(Self.listing(at: 6, since: rejoined), in: $0) }
            #expect(try fixture.state(second) == .ended(.waiting(position: 6)))
            #expect(try fixture.state(first) == .ended(.declined))
        }
    }

    @Test func `a decline by message ends it too`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fill($0) }
            let accept = try await fixture.respond(.accepted)
            try await fixture.write { try Self.handler.receive(Self.decline, in: $0) }
            #expect(try fixture.state(accept) == .ended(.declined))
        }
    }

    @Test func `an accept that takes an open spot ends the one before as confirmed`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fill($0) }
            let first = try await fixture.respond(.accepted)
            // Two spots become free for one who waits, so one of them is open to all.
            try await fixture.write { transaction in
                let update = UpdateVolunteerApplication(applicationID: Self.application, availableSpots: 3)
                try Self.handler.receive(.update(update), in: transaction)
            }
            #expect(try fixture.state(first) == .pending)
            let second = try await fixture.respond(.accepted)
            #expect(try fixture.state(second) == .ended(.confirmed))
            #expect(try fixture.state(first) == .ended(.confirmed))
        }
    }

    @Test func `a repeated accept waits for the same answer`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fill($0) }
            let first = try await fixture.respond(.accepted)
            let second = try await fixture.respond(.accepted)
            #expect(try fixture.state(first) == .pending)
            #expect(try fixture.state(second) == .pending)
            let joined = try await fixture.write { try Self.since($0) }
            try await fixture.write { try Self.handler.receive(Self.listing(at: 1, since: joined), in: $0) }
            #expect(try fixture.state(first) == .ended(.waiting(position: 1)))
            #expect(try fixture.state(second) == .ended(.waiting(position: 1)))
        }
    }

    @Test func `a cancellation ends what waits, and neither a refused decline nor the late answer changes that`()
        async throws
    {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fill($0) }
            let responses = [try await fixture.respond(.accepted), try await fixture.respond(.accepted)]
            let joined = try await fixture.write { try Self.since($0) }
            try await Self.waiters.withWaiter(for: responses[0], of: nil) { waiter in
                try await fixture.write { transaction in
                    let cancel = CancelVolunteerApplication(applicationID: Self.application)
                    try Self.handler.receive(.cancel(cancel), in: transaction)
                }
                try await #require(waiter).wait(atMost: .seconds(86_400))
            }
            for response in responses { #expect(try fixture.state(response) == .ended(.failed(.applicationCancelled))) }
            try await fixture.write { transaction in
                try Self.handler.receive(
                    Self.decline, in: transaction,
                    as: .refused(reason: RefusalReason.applicationCancelled.rawValue))
                try Self.handler.receive(Self.listing(at: 1, since: joined), in: transaction)
            }
            for response in responses { #expect(try fixture.state(response) == .ended(.failed(.applicationCancelled))) }
        }
    }

    // MARK: - Given

    /// One spot, which somebody holds.
    private static func fill(_ transaction: LedgerTransaction) throws {
        try handler.receive(.create(application), in: transaction)
        try handler.receive(.response(of: .trusted("holder"), to: application, .accepted), in: transaction)
    }

    private static var decline: Message { .response(of: volunteer, to: application, .declined) }

    private static func listing(at position: Int, since: Timestamp) -> Message {
        .waitingListRecord(
            WaitingListRecord(
                userID: volunteer, applicationID: application, timestamp: .instant(since), position: position))
    }

    /// When the volunteer's response was accepted, as WaitlistService says it in its answer.
    private static func since(_ transaction: LedgerTransaction) throws -> Timestamp {
        try #require(try ApplicationStore(transaction).member(volunteer, of: 1)).since
    }

    // MARK: - When

    /// The volunteer's response over HTTP.
    fileprivate static func respond(
        _ status: ResponseStatus, _ transaction: LedgerTransaction
    ) throws -> OperationID {
        let response = VolunteerResponse(volunteerID: volunteer, applicationID: application, status: status)
        let caller = CommandCaller(name: "volunteer:v", access: .allApplications, volunteer: volunteer)
        let command = CommandTransaction(
            .respond(response), caller: caller, key: nil, policy, transaction, events)
        guard case .accepted(let accepted) = try command.decide(position: .notRequested, encode: { _ in [] }) else {
            throw NotAccepted()
        }
        return accepted.operation
    }

    private struct NotAccepted: Error {}
}

extension StoreFixture {
    /// The numbers of a fixture are not random, so two operations differ by their time.
    fileprivate func respond(_ status: ResponseStatus) async throws -> OperationID {
        clock.advance(.milliseconds(1))
        return try await write { try ReplacedResponseTests.respond(status, $0) }
    }

    fileprivate func state(_ operation: OperationID) throws -> CommandOperation.State? {
        try file.pointRead { try OperationStore($0).operation(operation) }?.operation.state
    }
}

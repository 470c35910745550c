import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// A round to many, as the handler applies it: one message in a transaction, the others one by one in a job (contract
/// section 5).
@Suite struct FreeSpotTests {
    private static let handler = ApplicationHandler(
        policy: ApplicationPolicy(partitions: 1, timeZone: "UTC", changesPerHour: 0),
        events: OperationEvents(waiters: OperationWaiters()))
    private static let application = ID.trusted("7")
    private static let page = LedgerTransaction.stepRows
    private static let end = Timestamp.testStart.advanced(by: .seconds(60))

    @Test func `many messages at once are applied one by one, in order`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fillList($0) }
            try await fixture.answerHeads()
            // A new file derives the starts in a step, which holds back the next one.
            fixture.clock.advance(.seconds(1))
            let offered = try await fixture.write { transaction in
                for number in 0..<3 { try Self.handler.receive(.notifyFreeSpot(Self.part(number)), in: transaction) }
                // Overwrites the offer of the first volunteer, who is in the first part too.
                var last = Self.part(0)
                last.waitingVolunteers = [Self.volunteer(0)]
                last.expiresAt = .instant(Self.end.advanced(by: .seconds(1)))
                try Self.handler.receive(.notifyFreeSpot(last), in: transaction)
                return try Self.offers(transaction).count
            }
            #expect(offered == Self.page, "the others are stored")
            try await eventually("all hold an offer") {
                // Nothing leaves the outbox here, so each step waits its longest time.
                fixture.clock.advance(.seconds(1))
                return try await fixture.write {
                    try Self.offers($0).count == 3 * Self.page && $0.isIdle(Self.application)
                }
            }
            let ends = try await fixture.write { try Self.offers($0) }
            #expect(ends[Self.volunteer(0)] == Self.end.advanced(by: .seconds(1)))
            #expect(ends[Self.volunteer(1)] == Self.end)
        }
    }

    @Test func `a claim in between is honoured, and what ends the release stops the rest`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fillList($0) }
            try await fixture.answerHeads()
            // A new file derives the starts in a step, which holds back the next one.
            fixture.clock.advance(.seconds(1))
            try await fixture.write { transaction in
                for number in 0..<3 { try Self.handler.receive(.notifyFreeSpot(Self.part(number)), in: transaction) }
                try Self.respond(0, .accepted, transaction)
            }
            try await eventually("nothing is stored") {
                fixture.clock.advance(.seconds(1))
                return try await fixture.write { try $0.isIdle(Self.application) }
            }
            let (offers, claimer) = try await fixture.write { transaction in
                let claimer = try ApplicationStore(transaction).member(Self.volunteer(0), of: 1)
                return (try Self.offers(transaction), claimer)
            }
            #expect(claimer?.standing == .confirmed)
            #expect(offers.count == Self.page, "the only spot is gone: no one else is offered it")
        }
    }

    @Test func `the notifications of each message continue its trace, also when it was stored`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application, handler: Self.handler) { fixture in
            try await fixture.write { try Self.fillList($0) }
            try await fixture.answerHeads()
            // A new file derives the starts in a step, which holds back the next one.
            fixture.clock.advance(.seconds(1))
            for number in 0..<3 {
                try await fixture.write { transaction in
                    transaction.traceparent = "00-\(Self.trace(number))-00000000000000aa-01"
                    try Self.handler.receive(.notifyFreeSpot(Self.part(number)), in: transaction)
                }
            }
            try await eventually("nothing is stored") {
                fixture.clock.advance(.seconds(1))
                return try await fixture.write { try $0.isIdle(Self.application) }
            }
            let traced = try await fixture.write { transaction in
                try (0..<3).map { number in
                    try transaction.row(
                        "SELECT count(*) FROM outbox WHERE action = 'spot_status' AND substr(traceparent, 4, 32) = ?",
                        Self.trace(number)
                    ) { $0.int(0) }
                }
            }
            #expect(traced == [Self.page, Self.page, Self.page])
        }
    }

    private static func trace(_ number: Int) -> String { String(repeating: "\(number + 1)", count: 32) }

    // MARK: - Given

    /// One spot, which its holder gives up, and three parts' volunteers who wait.
    private static func fillList(_ transaction: LedgerTransaction) throws {
        try handler.receive(.create(application), in: transaction)
        for number in [-1] + (0..<3 * page) { try respond(number, .accepted, transaction) }
        try respond(-1, .declined, transaction)
    }

    private static func part(_ number: Int) -> NotifyFreeSpot {
        NotifyFreeSpot(
            applicationID: application, availableSpots: 1,
            waitingVolunteers: (number * page..<(number + 1) * page).map(volunteer), release: 1,
            expiresAt: .instant(end), seen: 1)
    }

    private static func volunteer(_ number: Int) -> ID { .trusted("v\(number)") }

    private static func respond(
        _ number: Int, _ status: ResponseStatus, _ transaction: LedgerTransaction
    ) throws {
        try handler.receive(.response(of: volunteer(number), to: application, status), in: transaction)
    }

    private static func offers(_ transaction: LedgerTransaction) throws -> [ID: Timestamp] {
        let members = try ApplicationStore(transaction).members(of: 1, after: "", limit: 4 * page)
        return Dictionary(
            uniqueKeysWithValues: members.compactMap { member in
                member.offer.map { (member.volunteer, $0.expiresAt) }
            })
    }
}

extension LedgerTransaction {
    fileprivate func isIdle(_ application: ID) throws -> Bool {
        try jobs(kind: SpotTransaction.answerJob, key: application.string).isEmpty
    }
}

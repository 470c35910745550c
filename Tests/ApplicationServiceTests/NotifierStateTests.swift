import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// What the state of ApplicationService names to a partition of NotifierService, and what that partition knows
/// afterwards (contract section 4).
@Suite struct NotifierStateTests {
    private typealias Fixture = NotifierFixture
    private static let id = NotifierFixture.application

    /// Sends partition 1 the state. Returns the number of steps.
    @discardableResult
    private func sendState(_ fixture: NotifierFixture, isRestored: Bool) async throws -> Int {
        try await fixture.store.write { transaction in
            var steps = 0
            var job: LedgerJob? = LedgerJob(
                kind: LedgerJob.resyncKind, key: Fixture.notifier(1).description,
                detail: isRestored ? "restored" : "")
            while let next = job {
                job = try Fixture.handler.sendState(next, in: transaction)
                steps += 1
            }
            return steps
        }
    }

    private func parts(_ fixture: NotifierFixture) throws -> [ApplicationState] {
        try fixture.sent(to: 1).compactMap { if case .applicationState(let state) = $0 { state } else { nil } }
    }

    @Test(arguments: [false, true]) func `an application that the partition knows is named, also without volunteers`(
        isRestored: Bool
    ) async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            let volunteer = Fixture.volunteer(1, in: 1)
            try await fixture.accept(volunteer)
            try await fixture.receive(.response(of: volunteer, to: Self.id, .declined))
            try await sendState(fixture, isRestored: isRestored)
            #expect(try parts(fixture).map(\.volunteers.count) == [0])
            #expect(try parts(fixture).map(\.isFirst) == [true])
        }
    }

    @Test func `what the partition has never been sent is left out, and its create comes with the first message`()
        async throws
    {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            try await fixture.accept(Fixture.volunteer(1, in: 2))
            try await sendState(fixture, isRestored: false)
            #expect(try fixture.actions()[1] == [.stateComplete])
            #expect(try fixture.known() == [2])
            let volunteer = Fixture.volunteer(2, in: 1)
            try await fixture.accept(volunteer)
            try await fixture.list(volunteer)
            #expect(try fixture.actions()[1] == [.stateComplete, .create, .spotStatus])
        }
    }

    @Test func `of a cancelled application those are named who have yet to be told`() async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            let volunteers = (1...2).map { Fixture.volunteer($0, in: 1) }
            for volunteer in volunteers { try await fixture.accept(volunteer) }
            try await fixture.store.write { transaction in
                let spots = SpotTransaction(Fixture.handler.policy, transaction, Fixture.handler.events)
                _ = try spots.cancel(CancelVolunteerApplication(applicationID: Self.id))
                // The transaction's end tells everybody.
                var job: LedgerJob? = LedgerJob(kind: LedgerJob.resyncKind, key: Fixture.notifier(1).description)
                while let next = job { job = try Fixture.handler.sendState(next, in: transaction) }
            }
            try await sendState(fixture, isRestored: true)
            #expect(try parts(fixture).map { $0.volunteers.map(\.volunteerID) } == [volunteers, []])
            #expect(try parts(fixture).allSatisfy(\.isCancelled))
        }
    }

    @Test func `a restored file names every application, and the partition knows it then`() async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            try await sendState(fixture, isRestored: true)
            #expect(try fixture.actions() == [[], [.applicationState, .stateComplete], [], []])
            #expect(try fixture.known() == [1])
            try await fixture.accept(Fixture.volunteer(1, in: 1))
            #expect(try fixture.actions()[1] == [.applicationState, .stateComplete, .spotStatus])
            try await fixture.receive(.update(UpdateVolunteerApplication(applicationID: Self.id, name: "Forest")))
            #expect(try fixture.actions().map(\.last) == [nil, .update, nil, nil])
        }
    }

    @Test(arguments: [false, true]) func `the settings of callers come first, in steps`(
        isRestored: Bool
    ) async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            try await fixture.accept(Fixture.volunteer(1, in: 1))
            let create = WebhookTransaction.Change.createEndpoint(url: "https://example.org", events: [])
            let callers = (0..<100).map { ExactString("fund:\($0)") }
            for caller in callers {
                for _ in 1...3 { _ = try await fixture.change(create, of: caller) }
            }
            let before = try fixture.sent(to: 1).count
            let steps = try await sendState(fixture, isRestored: isRestored)
            let sent = try fixture.sent(to: 1).dropFirst(before)
            let settings = try callers.sorted().map { caller in
                try fixture.store.file.pointRead { try WebhookStore($0).settings(of: caller) }
            }
            #expect(Array(sent.prefix(100)) == settings.map { .webhookSettings($0.message) })
            #expect(sent.dropFirst(100).map(\.action) == [.applicationState, .stateComplete])
            #expect(steps > 1, "400 rows are more than a step has")
        }
    }

    @Test func `a cursor is read as it was written`() throws {
        let cursors = [
            ResyncCursor(end: 7), ResyncCursor(application: 3, end: 7, member: "a b"), ResyncCursor(end: 7, caller: ""),
            ResyncCursor(end: 7, caller: "fund:a b"),
        ]
        for cursor in cursors { #expect(try ResyncCursor(parsing: cursor.text) == cursor) }
        #expect(try ResyncCursor(parsing: "") == nil)
        for text in ["settings 7", "settings x y", "7", "x 7"] {
            #expect(throws: UnknownColumnValue.self) { try ResyncCursor(parsing: text) }
        }
    }

    /// Those of the partition who wait for WaitlistService's answer have been told nothing yet.
    @Test(arguments: [false, true]) func `the first part that names a volunteer says name and times`(
        isRestored: Bool
    ) async throws {
        try await Fixture.run { fixture in
            try await fixture.receive(.create(Self.id))
            // More than a step of others, who come first in the order of ids.
            let others = (0...).lazy.map { ID.trusted("a\($0)") }
                .filter { Partition.of($0, count: 4).number != 1 }.prefix(LedgerTransaction.stepRows + 1)
            for volunteer in Array(others) + [Fixture.volunteer(1, in: 1)] { try await fixture.accept(volunteer) }
            #expect(try fixture.actions()[1] == [])
            try await sendState(fixture, isRestored: isRestored)
            #expect(try parts(fixture).map(\.isFirst) == (isRestored ? [true, false] : [true]))
            #expect(try parts(fixture).map(\.volunteers.count) == (isRestored ? [0, 1] : [1]))
            try await fixture.list(Fixture.volunteer(1, in: 1))
            #expect(try fixture.actions()[1].suffix(2) == [.stateComplete, .spotStatus])
        }
    }
}

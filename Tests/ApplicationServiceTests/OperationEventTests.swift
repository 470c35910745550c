import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// The event that tells of an operation's end is sent once, and its payload is what a poll returns, without the
/// callback (contract section 8).
@Suite struct OperationEventTests {
    private static let volunteer = ID.trusted("v1")
    private static let url = "https://example.org/hook?a=1&b=\"2\""

    /// How an operation can end.
    enum End: String, CaseIterable {
        case created, repeatedCreate, updated, cancelledWithoutMembers, cancelledWithMembers
        case confirmed, confirmedAgain, declined, listed, listedAgain, declinedWhilePending, confirmedWhilePending
        case cancelledWhilePending, cancelledBeforeListing
    }

    @Test(arguments: End.allCases) func `the payload is the poll without its callback, byte for byte`(
        _ end: End
    ) async throws {
        try await NotifierFixture.run { fixture in
            let id = try await Self.reach(end, fixture)
            let operation = try await fixture.ended(id)
            let events = try fixture.webhookEvents()
            #expect(events.count == 1)
            let event = try #require(events.first)
            let poll = String(decoding: OperationJSON(operation).encoded(), as: UTF8.self)
            let callback = #","callback":{"url":"https://example.org/hook?a=1&b=\"2\"","state":"waiting"}}"#
            #expect(poll == event.payload.dropLast() + callback)
            #expect(event.webhookID == id.description && event.type == "operation.completed")
            #expect(event.caller == operation.caller.string && event.url == Self.url)
            #expect(event.timestamp == operation.updatedAt)
        }
    }

    @Test func `an operation without a callback sends nothing`() async throws {
        try await NotifierFixture.run { fixture in
            let id = try await fixture.command(.create(.one), callback: nil)
            _ = try await fixture.ended(id)
            #expect(try fixture.webhookEvents() == [])
        }
    }

    @Test func `the event goes to the partition of the caller's name`() async throws {
        try await NotifierFixture.run { fixture in
            let id = try await fixture.command(.create(.one), callback: Self.url)
            let partition = Partition.of(key: "fund:1", count: 4).number
            for other in 0..<4 {
                let sent = try fixture.sent(to: other).filter { $0.action == .webhookEvent }
                #expect(sent.count == (other == partition ? 1 : 0))
            }
            #expect(try fixture.webhookEvents().map(\.webhookID) == [id.description])
        }
    }

    @Test func `a replay has no second operation and no second event`() async throws {
        try await NotifierFixture.run { fixture in
            let key = CommandKey("k", caller: "fund:1", method: "POST", path: "/v1/applications", bodyDigest: [1])
            let ids = [
                try await fixture.command(.create(.one), callback: Self.url, key: key),
                try await fixture.command(.create(.one), callback: Self.url, key: key),
            ]
            #expect(ids[0] == ids[1])
            #expect(try fixture.webhookEvents().count == 1)
        }
    }

    // MARK: - Given

    private static func reach(_ end: End, _ fixture: NotifierFixture) async throws -> OperationID {
        func respond(_ status: ResponseStatus, position: Int? = nil) async throws -> OperationID {
            let response = VolunteerResponse(
                volunteerID: volunteer, applicationID: NotifierFixture.application, status: status)
            return try await fixture.command(
                .respond(response), callback: url, position: position, caller: "volunteer:v1", volunteer: volunteer)
        }
        let application = NotifierFixture.application
        if end == .created { return try await fixture.command(.create(.one), callback: url) }
        try await fixture.receive(.create(CreateVolunteerApplication.one))
        switch end {
        case .created, .repeatedCreate: return try await fixture.command(.create(.one), callback: url)
        case .updated:
            return try await fixture.command(
                .update(UpdateVolunteerApplication(applicationID: application, name: "Лес")), callback: url)
        case .cancelledWithMembers, .cancelledWithoutMembers:
            if end == .cancelledWithMembers { try await fixture.accept(volunteer) }
            return try await fixture.command(
                .cancel(CancelVolunteerApplication(applicationID: application)), callback: url)
        case .confirmed: return try await respond(.accepted)
        case .confirmedAgain:
            try await fixture.accept(volunteer)
            return try await respond(.accepted)
        case .declined: return try await respond(.declined)
        case .listed, .listedAgain, .declinedWhilePending, .confirmedWhilePending, .cancelledWhilePending,
            .cancelledBeforeListing:
            break
        }
        // The only spot is taken.
        let first = ID.trusted("first")
        try await fixture.accept(first)
        if end == .listedAgain {
            try await fixture.accept(volunteer)
            try await fixture.list(volunteer)
            return try await respond(.accepted, position: 3)
        }
        let pending = try await respond(.accepted)
        switch end {
        case .declinedWhilePending:
            try await fixture.receive(.response(of: volunteer, to: application, .declined))
        case .confirmedWhilePending:
            try await fixture.receive(
                .update(UpdateVolunteerApplication(applicationID: application, availableSpots: 5)))
            try await fixture.receive(
                .notifyFreeSpot(NotifyFreeSpot(applicationID: application, availableSpots: 0, waitingVolunteers: [])))
            try await fixture.accept(volunteer)
        case .cancelledWhilePending:
            try await fixture.receive(.cancel(CancelVolunteerApplication(applicationID: application)))
        case .cancelledBeforeListing:
            try await fixture.receive(.cancel(CancelVolunteerApplication(applicationID: application)))
            try await fixture.list(volunteer)
        default: try await fixture.list(volunteer)
        }
        return pending
    }
}

extension CreateVolunteerApplication {
    fileprivate static let one = CreateVolunteerApplication(
        fundID: .trusted("1"), applicationID: NotifierFixture.application, availableSpots: 1, description: "",
        name: "Trees", date: CivilDate(year: 2035, month: 1, day: 2)!,
        startTime: CivilTime(hour: 9, minute: 0, second: 0)!, endTime: CivilTime(hour: 10, minute: 0, second: 0)!,
        timeZone: "UTC")
}

extension NotifierFixture {
    /// The operation once the steps of its job have run.
    fileprivate func ended(_ id: OperationID) async throws -> CommandOperation {
        for _ in 0..<100 {
            let stored = try #require(try store.file.pointRead { try OperationStore($0).operation(id) })
            if stored.operation.endedAt != nil { return stored.operation }
            try await store.write { _ in }
        }
        throw NotEnded()
    }

    private struct NotEnded: Error {}
}

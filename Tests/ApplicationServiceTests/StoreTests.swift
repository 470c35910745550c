import ApplicationDomain
import Contracts
import Ledger
import TestSupport
import Testing

@testable import ApplicationService

/// Every value that is stored is read as it was written, by each of the queries that read it.
@Suite struct StoreTests {
    private static let schedule = ApplicationSchedule(
        date: CivilDate(year: 2027, month: 3, day: 28)!, startTime: CivilTime(hour: 10, minute: 30, second: 15)!,
        endTime: CivilTime(hour: 18, minute: 0, second: 1)!, timeZone: "Europe/Berlin")
    private static let application = VolunteerApplication(
        id: .trusted("a1"), fundID: .trusted("fund"),
        details: ApplicationDetails(name: "Park", description: "Rakes", schedule: schedule), capacity: 9,
        startsAt: schedule.startsAt, confirmed: 1, waiting: 2, reserved: 3, release: 4, openings: 10,
        sent: 5,
        creationDigest: "digest", createdAt: Timestamp(milliseconds: 6), updatedAt: Timestamp(milliseconds: 7))
    private static let member = Member(
        volunteer: .trusted("v1"), standing: .waiting, since: Timestamp(milliseconds: 11),
        offer: .init(release: 12, expiresAt: Timestamp(milliseconds: 13)), notChosenIn: 14, toldOfOpening: 15,
        toldOfCancellation: true, givenUpAt: [Timestamp(milliseconds: 16), Timestamp(milliseconds: 17)],
        removedBy: "fund:1", isListed: true, sequence: 18, createdAt: Timestamp(milliseconds: 19),
        lastChange: ResponseChange(.spotOffered, at: Timestamp(milliseconds: 20), comment: "Rain"))

    @Test func `an application is read as it was inserted and as it was changed`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            try await fixture.write { try ApplicationStore($0).insert(Self.application) }
            #expect(try fixture.application() == Self.application)
            #expect(try fixture.notifiers() == NotifierPartitions.none)
            var counted = Self.application
            (counted.confirmed, counted.waiting, counted.reserved, counted.release, counted.sent) = (5, 6, 1, 8, 9)
            counted.openings = 11
            counted.reservedGrewAt = Timestamp(milliseconds: 12)
            var changed = counted
            changed.details = ApplicationDetails(
                name: "Forest", description: "Saws",
                schedule: ApplicationSchedule(
                    date: CivilDate(year: 2028, month: 1, day: 2)!,
                    startTime: CivilTime(hour: 3, minute: 4, second: 5)!,
                    endTime: CivilTime(hour: 6, minute: 7, second: 8)!, timeZone: "Asia/Tokyo"))
            changed.startsAt = changed.details.schedule.startsAt
            changed.capacity = 7
            changed.status = .cancelled
            changed.cancelReason = "rain"
            changed.updatedAt = Timestamp(milliseconds: 8)
            var moved = counted
            moved.startsAt = Timestamp(milliseconds: 12)
            var notifiers = NotifierPartitions.none
            for (number, next) in [counted, moved, changed].enumerated() {
                let notifier = Partition(number: number * 7)
                try await fixture.write { transaction in
                    let store = ApplicationStore(transaction)
                    let cached = try #require(try store.cached(next.id))
                    store.save(next, in: cached)
                    store.add(notifier: notifier, to: cached)
                    try store.flush()
                }
                notifiers.insert(notifier)
                #expect(try fixture.application() == next)
                #expect(try fixture.notifiers() == notifiers)
            }
        }
    }

    @Test func `starts are read by status, page by page, and a former start is kept`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            let (open, started, formers) = try await fixture.write { transaction in
                let store = ApplicationStore(transaction)
                for number in 1...4 {
                    let start = Timestamp(milliseconds: Int64(10 - number / 2))
                    try store.insert(
                        VolunteerApplication(
                            id: .trusted("a\(number)"), fundID: .trusted("fund"), details: Self.application.details,
                            capacity: 9, status: number == 1 ? .open : .started, startsAt: start, creationDigest: ""))
                }
                #expect(try store.recordedZoneRules() == nil)
                for fingerprint in ["one", "two"] { try store.recordZoneRules(fingerprint) }
                #expect(try store.recordedZoneRules() == "two")
                for start in [1, 2] { try store.recordFormerStart(Timestamp(milliseconds: Int64(start)), of: 1) }
                return (
                    try store.starts(.open, after: .earliest, 0, limit: 9),
                    // a4 starts at 8, a2 and a3 at 9.
                    try [(8, 3), (8, 4), (9, 2), (9, 3)].map { start, rowID in
                        try store.starts(
                            .started, after: Timestamp(milliseconds: Int64(start)), Int64(rowID), limit: 1
                        ).map(\.application.string)
                    },
                    try [1, 2].map { try store.formerStart(of: $0) }
                )
            }
            #expect(open.map(\.application.string) == ["a1"] && open.map(\.rowID) == [1])
            #expect(open.map(\.startsAt) == [Timestamp(milliseconds: 10)] && open.map(\.schedule) == [Self.schedule])
            #expect(started == [["a4"], ["a2"], ["a3"], []])
            #expect(formers == [Timestamp(milliseconds: 2), nil])
        }
    }

    @Test func `a member is read as it was inserted and as it was changed, alone and in a page`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            try await fixture.write { try ApplicationStore($0).insert(Self.application) }
            var changed = Self.member
            changed.standing = .declined
            changed.since = Timestamp(milliseconds: 21)
            changed.offer = nil
            (changed.notChosenIn, changed.toldOfCancellation, changed.isListed) = (24, false, false)
            (changed.toldOfOpening, changed.givenUpAt, changed.removedBy) = (25, [], nil)
            changed.lastChange = ResponseChange(
                .removedByOrganiser, at: Timestamp(milliseconds: 26), comment: "Full")
            var left = changed
            left.sequence = nil
            left.lastChange = nil
            var before: Member?
            for member in [Self.member, changed, left] {
                try await fixture.write { [before] in try ApplicationStore($0).save(member, over: before, of: 1) }
                let (one, page, waiting, responses) = try fixture.file.pointRead { snapshot in
                    let store = ApplicationStore(snapshot)
                    return try (
                        store.member(member.volunteer, of: 1), store.members(of: 1, after: "", limit: 9),
                        store.waitingMembers(of: 1, after: 0, limit: 9),
                        store.responses(of: member.volunteer, after: 0, limit: 9)
                    )
                }
                #expect(one == member)
                #expect(responses.map(\.member) == [member])
                #expect(responses.map(\.stored.application) == [Self.application])
                #expect(page == [member])
                #expect(waiting == (member.sequence == nil ? [] : [member]))
                before = member
            }
        }
    }

    @Test func `WaitlistService's messages are taken in the order in which they came`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            let answers = (1...3).map { number in
                NotifyFreeSpot(
                    applicationID: .trusted("a1"), availableSpots: number, waitingVolunteers: [.trusted("v\(number)")],
                    release: 4, expiresAt: .instant(Timestamp(milliseconds: 13)), seen: 5, more: number == 1)
            }
            let traces = ["00-1", nil, "00-2"]
            let taken = try await fixture.write { transaction in
                let store = ApplicationStore(transaction)
                try store.insert(Self.application)
                for (answer, trace) in zip(answers, traces) { try store.append(answer, traceparent: trace, of: 1) }
                var taken: [(message: NotifyFreeSpot, traceparent: String?)] = []
                while try store.hasAnswers(of: 1), let answer = try store.takeAnswer(of: 1) { taken.append(answer) }
                return taken
            }
            #expect(taken.map(\.message) == answers)
            #expect(taken.map(\.traceparent) == traces)
        }
    }

    @Test(
        arguments: [
            .pending, .running, .ended(.done), .ended(.confirmed), .ended(.declined),
            .ended(.waiting(position: nil)), .ended(.waiting(position: 3)), .ended(.failed(.applicationCancelled)),
        ] as [CommandOperation.State])
    func `an operation is read as it was inserted`(_ state: CommandOperation.State) async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            for volunteer in [nil, ID.trusted("v1")] {
                let operation = CommandOperation(
                    id: OperationID(in: Partition(number: 0), at: .testStart, random: (volunteer == nil ? 1 : 2, 3)),
                    caller: "caller", kind: .response, application: .trusted("a1"), volunteer: volunteer,
                    createdAt: Timestamp(milliseconds: 31), updatedAt: Timestamp(milliseconds: 32), state: state,
                    callback: volunteer == nil ? nil : "https://example.org")
                try await fixture.write { try OperationStore($0).insert(operation) }
                let read = try fixture.file.pointRead { try OperationStore($0).operation(operation.id) }
                let endedAt = operation.endedAt == nil ? nil : Timestamp.testStart
                #expect(read == StoredOperation(operation: operation, endedAt: endedAt))
            }
        }
    }

    @Test func `an operation is ended as it was inserted`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            let operation = CommandOperation(
                id: OperationID(in: Partition(number: 0), at: .testStart, random: (1, 3)), caller: "caller",
                kind: .response, application: .trusted("a1"), volunteer: .trusted("v1"),
                createdAt: Timestamp(milliseconds: 31), updatedAt: Timestamp(milliseconds: 32), state: .pending,
                callback: "https://example.org")
            let outcome = CommandOperation.Outcome.waiting(position: 4)
            let ended = try await fixture.write { transaction in
                let store = OperationStore(transaction)
                try store.insert(operation)
                return try store.end(of: .trusted("v1"), in: .trusted("a1"), with: outcome)
            }
            #expect(ended == [operation.ended(with: outcome, at: .testStart)])
            let read = try fixture.file.pointRead { try OperationStore($0).operation(operation.id) }
            #expect(read == ended.first.map { StoredOperation(operation: $0, endedAt: .testStart) })
        }
    }

    @Test func `the settings of a caller are read as they were saved`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            func endpoint(_ number: UInt64, _ events: [EventType]) -> CallerEndpoint {
                CallerEndpoint(
                    id: EndpointID(in: Partition(number: 0), at: .testStart, random: (0, number)),
                    url: "https://example.org/\(number)", events: events, createdAt: Timestamp(milliseconds: 41),
                    enabledAt: Timestamp(milliseconds: 42))
            }
            var enabled = endpoint(1, [])
            enabled.enabledAt = Timestamp(milliseconds: 43)
            let rotatedAt = Timestamp(milliseconds: 44)
            let versions: [CallerWebhooks] = [
                CallerWebhooks(caller: "fund:1"),
                CallerWebhooks(caller: "fund:1", endpoints: [endpoint(1, []), endpoint(2, EventType.allCases)]),
                CallerWebhooks(caller: "fund:1", generation: 3, rotatedAt: rotatedAt, endpoints: [enabled]),
                CallerWebhooks(caller: "fund:1", generation: 3, rotatedAt: rotatedAt),
            ]
            let other = CallerWebhooks(caller: "fund:2", endpoints: [endpoint(3, [.operationCompleted])])
            try await fixture.write { try WebhookStore($0).save(other, over: CallerWebhooks(caller: "fund:2")) }
            for (before, settings) in zip(versions, versions.dropFirst()) {
                try await fixture.write { try WebhookStore($0).save(settings, over: before) }
                let (read, untouched, callers) = try fixture.file.pointRead { snapshot in
                    let store = WebhookStore(snapshot)
                    return try (
                        store.settings(of: "fund:1"), store.settings(of: "fund:2"), store.callers(after: "", limit: 9)
                    )
                }
                #expect(read == settings && untouched == other)
                #expect(callers == ["fund:1", "fund:2"])
            }
        }
    }

    @Test func `the answer to a command is found by its key, until its retention is over`() async throws {
        try await StoreFixture.run(.application, LedgerMigration.application) { fixture in
            let key = CommandKey("k", caller: "c", method: "POST", path: "/", bodyDigest: [1])
            let operation = OperationID(in: Partition(number: 0), at: .testStart, random: (1, 2))
            try await fixture.write { try OperationStore($0).insert(key, id: operation.description, answer: [7, 8]) }
            let other = CommandKey("k", caller: "c", method: "POST", path: "/", bodyDigest: [2])
            let end = Timestamp.testStart.advanced(by: CommandKey.retention)
            let answers = try fixture.file.pointRead { snapshot in
                let store = OperationStore(snapshot)
                return try [
                    store.answer(to: key, now: .testStart), store.answer(to: other, now: .testStart),
                    store.answer(to: key, now: end),
                ]
            }
            #expect(
                answers == [
                    StoredAnswer(id: operation.description, body: [7, 8], isSameCommand: true),
                    StoredAnswer(id: operation.description, body: [7, 8], isSameCommand: false), nil,
                ])
        }
    }
}

extension StoreFixture {
    /// The only application in the file, read by its id and from the list.
    fileprivate func application() throws -> VolunteerApplication {
        let (one, list) = try file.pointRead { snapshot in
            let store = ApplicationStore(snapshot)
            return try (
                store.application(.trusted("a1")),
                store.applications(
                    ApplicationFilter(), in: Partition(number: 0), limit: 9, now: .testStart
                ).found
            )
        }
        let stored = try #require(one)
        #expect(list.map(\.application) == [stored.application])
        return stored.application
    }

    fileprivate func notifiers() throws -> NotifierPartitions? {
        try file.pointRead { try ApplicationStore($0).application(.trusted("a1"))?.notifiers }
    }
}

import Contracts
import Foundation
import TestSupport
import Testing

/// The start time passes or is moved (rules 10, 11 and 16).
@Suite struct StartTests {
    // Rules 10 and 16; acceptance scenario 23.
    @Test func `at the start offers lapse, responses are refused, and no volunteer is notified`() async throws {
        try await TestSystem.run { system in
            let end = try await system.openRelease(456, confirmed: 1...2, waiting: 3...4, startsIn: .seconds(6))
            let start = try #require(system.startsAt(456))
            // An offer is valid until the start if that is before the end of its window.
            #expect(end == start)
            try await system.wait(until: start, "the start")
            let before = system.statusRecords().count
            try await system.quiesce()
            #expect(system.statusRecords().count == before)

            try await system.accept(3, 456)
            try await system.accept(5, 456)
            try await system.decline(2, 456)
            try await system.decline(4, 456)
            try await system.quiesce()
            let after = system.statusRecords().dropFirst(before)
            #expect(after.map(\.userID) == [3, 5, 2, 4])
            #expect(after.allSatisfy { $0.status == .refused && $0.reason == "application_started" })
            #expect(system.rounds(456).count == 1)
            #expect(system.statusRecords(.notChosen) == [])
        }
    }

    // Rule 10: an open spot cannot be taken any more.
    @Test func `a spot that is open at the start can no longer be taken`() async throws {
        try await TestSystem.run { system in
            try await system.create(456, spots: 2, startsIn: .seconds(4))
            try await system.accept(1, 456)
            try await system.waitUntil("one is confirmed") { system.statuses(of: 1) == [.confirmed] }
            try await system.wait(until: try #require(system.startsAt(456)), "the start")
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 1) == [.confirmed])
            #expect(system.statusRecords(2).map(\.reason) == ["application_started"])
        }
    }

    // Rules 11 and 16.
    @Test func `if the start is moved, offers are sent again with their new end`() async throws {
        try await TestSystem.run { system in
            let end = try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            let window = Duration.seconds(24 * 3600)
            let offeredAt = end.advanced(by: .zero - window)

            try await system.update(456, startsIn: .seconds(3600))
            try await system.waitUntil("the offers are sent again") { system.offers(456).count == 4 }
            let start = try #require(system.startsAt(456))
            #expect(system.ends(456) == [end, end, start, start])

            // If the start is after the window, the window counts, from the time of the first offer.
            try await system.update(456, startsIn: .seconds(20 * 86_400))
            try await system.waitUntil("the offers are sent again") { system.offers(456).count == 6 }
            try await system.quiesce()
            let again = offeredAt.advanced(by: window)
            #expect(system.ends(456) == [end, end, start, start, again, again])

            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3).last == .confirmed)
            #expect(system.statuses(of: 2).last == .notChosen)
        }
    }

    // Rules 11 and 16: the new end applies to both services.
    @Test func `if the start is moved before the end of the offers, they end at the start`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.update(456, startsIn: .seconds(4))
            try await system.waitUntil("the offers are sent again") { system.offers(456).count == 4 }
            let start = try #require(system.startsAt(456))
            #expect(system.ends(456).suffix(2) == [start, start])
            try await system.wait(until: start, "the start")
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.statusRecords(2).last?.reason == "application_started")
            #expect(system.statusRecords(.notChosen) == [])
        }
    }

    // Rule 10.
    @Test func `an application moved from the past to the future is open again`() async throws {
        try await TestSystem.run { system in
            try await system.create(456, spots: 1, startsIn: .seconds(-86_400))
            try await system.accept(1, 456)
            try await system.update(456, startsIn: .seconds(86_400))
            try await system.accept(1, 456)
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 1) == [.refused, .confirmed])
            #expect(system.statuses(of: 2) == [.waiting])
            try await system.decline(1, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 2) == [.waiting, .available])
        }
    }

    // Contract section 6.
    @Test func `changes to an application that has started are told no one, until it is moved to the future`()
        async throws
    {
        try await TestSystem.run(services: [.application, .waitlist, .notifier]) { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...2, startsIn: .seconds(5))
            try await system.wait(until: try #require(system.startsAt(456)), "the start")
            try await system.update(456, name: "Другое")
            try await system.update(456, spots: 5)
            try await system.quiesce()
            #expect(system.kinds(to: 1) == [.confirmed] && system.kinds(to: 2) == [.waiting])
            try await system.update(456, startsIn: .seconds(3 * 86_400))
            try await system.quiesce()
            #expect(system.kinds(to: 1) == [.confirmed, .changed])
            #expect(system.notifications(to: 1).last?.message.contains("«Другое»") == true)
        }
    }

    // Rule 10; invariant I7.
    @Test func `a clock that was ahead for a moment closes nothing for good`() async throws {
        try await TestSystem.run(services: [.waitlist]) { system in
            let now = Timestamp.now()
            let clock = try await FakeClock(in: system.data, showing: now)
            try await system.application.start(clock.settings)
            try await system.application.waitUntilReady()
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3, startsIn: .seconds(86_400))
            let http = try await system.client()
            func status() async throws -> [String] {
                try await http.get("/v1/applications").decoded(as: API.Page<API.Application>.self).items.map(\.status)
            }
            try clock.set(to: now.advanced(by: .seconds(2 * 86_400)))
            try await system.waitUntil("the start has been acted upon") { system.reservations(456) == [1, 0] }
            #expect(try await status() == ["started"])
            try await expectProblem(http.respond(9, 456), 409, "application_started")

            try clock.set(to: now.advanced(by: .seconds(60)))
            #expect(try await status() == ["open"])
            // No command is needed: those who wait hear that the spot is free.
            try await system.waitUntil("both are offered the spot again") { system.offers(456).count == 4 }
            #expect(system.rounds(456).last?.release == 2)
            #expect(try await http.ended(http.respond(2, 456)).result == .init(outcome: "confirmed"))
            try await system.quiesce()
        }
    }

    // Rule 10, invariant I7: volunteers who waited before the start get offers when the application is open again.
    @Test func `if a started application is moved to the future, waiting volunteers get offers for the free spots`()
        async throws
    {
        try await TestSystem.run { system in
            try await system.fillApplication(456, confirmed: 1...1, waiting: 2...3, startsIn: .seconds(5))
            try await system.wait(until: try #require(system.startsAt(456)), "the start")
            try await system.update(456, spots: 2)
            try await system.quiesce()
            #expect(system.offers(456) == [])
            try await system.update(456, startsIn: .seconds(86_400))
            try await system.quiesce()
            #expect(system.offers(456).map(\.userID) == [2, 3])
            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3) == [.waiting, .available, .confirmed])
            #expect(system.statuses(of: 2) == [.waiting, .available, .notChosen])
        }
    }

    // Rules 10 and 11: a release that ended at the start is not resumed; a new one begins.
    @Test func `if an application that started during a round is moved to the future, the spot is offered again`()
        async throws
    {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3, startsIn: .seconds(6))
            try await system.wait(until: try #require(system.startsAt(456)), "the start")
            try await system.quiesce()
            try await system.update(456, startsIn: .seconds(86_400))
            try await system.quiesce()
            #expect(system.offers(456).map(\.userID) == [2, 3, 2, 3])
            #expect(system.rounds(456).last?.release == 2)
            try await system.accept(2, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 2).last == .confirmed)
            #expect(system.statuses(of: 3).last == .notChosen)
        }
    }
}

extension TestSystem {
    /// The start of one application, as last published.
    fileprivate func startsAt(_ id: ID) -> Timestamp? {
        let starts = recorder.recorded.compactMap { record -> Timestamp? in
            guard record.isOurs else { return nil }
            switch record.message {
            case .create(let create) where create.applicationID == id: return create.startsAt
            case .update(let update) where update.applicationID == id: return update.startsAt
            default: return nil
            }
        }
        return starts.last
    }

    fileprivate func ends(_ id: ID) -> [Timestamp] {
        offers(id).compactMap { $0.expiresAt?.timestamp(in: .gmt) }
    }
}

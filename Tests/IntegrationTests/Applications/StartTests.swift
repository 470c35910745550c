import Contracts
import Foundation
import TestSupport
import Testing

/// The start time comes, or is moved (rules 10, 11 and 16).
@Suite struct StartTests {
    // Rules 10 and 16; acceptance scenario 23.
    @Test func `when the start comes, offers lapse, responses are refused and nobody is told anything`() async throws {
        try await TestSystem.run { system in
            let end = try await system.openRelease(456, confirmed: 1...2, waiting: 3...4, startsIn: .seconds(6))
            let start = try #require(system.startsAt(456))
            // An offer holds until the start, if that is sooner than its window.
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

    // Rule 10: the open spot goes with it.
    @Test func `a spot that nobody took before the start is gone at the start`() async throws {
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
    @Test func `when the start is moved, offers are sent again with their new end`() async throws {
        try await TestSystem.run { system in
            let end = try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            let window = Duration.seconds(24 * 3600)
            let offeredAt = end.advanced(by: .zero - window)

            try await system.update(456, startsIn: .seconds(3600))
            try await system.waitUntil("the offers come again") { system.offers(456).count == 4 }
            let start = try #require(system.startsAt(456))
            #expect(system.ends(456) == [end, end, start, start])

            // Beyond the window the window counts, from when the offers were made.
            try await system.update(456, startsIn: .seconds(20 * 86_400))
            try await system.waitUntil("the offers come again") { system.offers(456).count == 6 }
            try await system.quiesce()
            let again = offeredAt.advanced(by: window)
            #expect(system.ends(456) == [end, end, start, start, again, again])

            try await system.accept(3, 456)
            try await system.quiesce()
            #expect(system.statuses(of: 3).last == .confirmed)
            #expect(system.statuses(of: 2).last == .notChosen)
        }
    }

    // Rules 11 and 16: the new end counts on both sides.
    @Test func `when the start is moved before the offers' end, they end with it`() async throws {
        try await TestSystem.run { system in
            try await system.openRelease(456, confirmed: 1...1, waiting: 2...3)
            try await system.update(456, startsIn: .seconds(4))
            try await system.waitUntil("the offers come again") { system.offers(456).count == 4 }
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
    @Test func `moved from the past to the future, it is open again`() async throws {
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

    // Rule 10, and nobody is stranded: who waited before the start is offered what is free when it is open again.
    @Test func `moved to the future after a start, those who wait are offered the spots that are free`() async throws {
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

    // Rules 10 and 11: an offer's release that the start ended does not come back by itself half.
    @Test func `moved to the future after a start in a round, the spot is offered anew`() async throws {
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
    /// The start of one application, as it was last announced to the notifier.
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

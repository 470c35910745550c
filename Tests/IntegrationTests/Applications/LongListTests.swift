import Contracts
import Foundation
import TestSupport
import Testing

/// A round to a very long list is sent in parts, and does not delay other applications (contract section 5).
@Suite struct LongListTests {
    #if DEBUG
    private static let people = 20_000
    #else
    private static let people = ProcessInfo.processInfo.environment["FULL"] == nil ? 20_000 : 100_000
    #endif

    // Rules 12 and 15: a round is fixed when it begins, and is sent in messages of at most 1,000 ids.
    @Test(.timeLimit(.minutes(20)))
    func `a round to a very long list delays no other application, and is sent in parts`() async throws {
        let people = Self.people
        try await TestSystem.run { system in
            try await system.create("big", spots: 1)
            try await system.create("small", spots: 6)
            try await system.accept(0, "big")
            try await system.send(volunteers(1...people).map { .accepted($0, "big") })
            try await system.waitUntil("all are on the list") {
                system.recorder.count(of: .spotStatus) >= people + 1
            }
            #expect(system.statusRecords(.waiting).map(\.userID) == volunteers(1...people))
            #expect(system.statusRecords(.waiting).map(\.position) == Array(1...people))

            try await system.decline(0, "big")
            let before = system.recorder.count
            try await system.waitUntil("the round has begun") {
                system.recorder.recorded(after: before).contains { $0.isOurs && $0.text.contains("expires_at") }
            }
            try await system.send((1...3).map { .accepted(ID($0), "small") })
            try await system.waitUntil("the round is finished") {
                system.recorder.count(of: .spotStatus) >= 2 * people + 4
            }
            try await system.quiesce()

            let rounds = system.rounds("big")
            #expect(rounds.allSatisfy { $0.waitingVolunteers.count <= 1000 && $0.release == 1 })
            #expect(Set(rounds.map(\.expiresAt)).count == 1 && rounds.first?.expiresAt != nil)
            #expect(rounds.flatMap(\.waitingVolunteers) == volunteers(1...people))
            #expect(system.offers("big").map(\.userID) == volunteers(1...people))

            #expect(system.areConfirmed(volunteers(1...3), beforeLast: .available))

            // One volunteer claims the spot, and all others are notified; that does not delay other applications
            // either.
            try await system.accept(ID(people), "big")
            try await system.waitUntil("the broadcast has begun") {
                system.recorder.count(of: .spotStatus) > 2 * people + 4 + 1
            }
            try await system.send((4...6).map { .accepted(ID($0), "small") })
            try await system.waitUntil("the broadcast is finished") {
                system.recorder.count(of: .spotStatus) >= 3 * people + 4 + 3
            }
            try await system.quiesce()
            let losers = system.statusRecords(.notChosen).map(\.userID)
            #expect(losers.count == people - 1 && Set(losers) == Set(volunteers(1...people - 1)))
            #expect(system.areConfirmed(volunteers(4...6), beforeLast: .notChosen))
        }
    }
}

extension TestSystem {
    /// Whether these volunteers were confirmed in the small application before the last record with this status.
    fileprivate func areConfirmed(_ volunteers: [ID], beforeLast status: SpotStatus) -> Bool {
        let records = statusRecords()
        guard let last = records.lastIndex(where: { $0.status == status }) else { return false }
        return volunteers.allSatisfy { volunteer in
            records[..<last].contains {
                $0.applicationID == "small" && $0.userID == volunteer && $0.status == .confirmed
            }
        }
    }
}

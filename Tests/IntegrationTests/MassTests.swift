import Contracts
import Foundation
import TestSupport
import Testing

/// Many at once: a round to the whole list goes out in parts, and nobody else waits for it (contract section 5).
@Suite struct MassTests {
    #if DEBUG
    private static let people = 20_000
    #else
    private static let people = ProcessInfo.processInfo.environment["FULL"] == nil ? 20_000 : 100_000
    #endif

    // Rules 12 and 15; a round is fixed when it begins, and goes out in messages of at most 1,000 ids.
    @Test(.timeLimit(.minutes(20)))
    func `a round to a very long list holds up nobody else, and goes out in parts of a thousand`() async throws {
        let people = Self.people
        try await Stage.run { stage in
            try await stage.create("big", spots: 1)
            try await stage.create("small", spots: 6)
            try await stage.accept(0, "big")
            try await stage.send(volunteers(1...people).map { .accepted($0, "big") })
            try await stage.expect("all are on the list") {
                stage.watch.count(of: .spotStatus) >= people + 1
            }
            #expect(stage.told(.waiting).map(\.userID) == volunteers(1...people))
            #expect(stage.told(.waiting).map(\.position) == Array(1...people))

            try await stage.decline(0, "big")
            let before = stage.watch.count
            try await stage.expect("the round has begun") {
                stage.watch.recorded(after: before).contains { $0.isOurs && $0.text.contains("expires_at") }
            }
            try await stage.send((1...3).map { .accepted(ID($0), "small") })
            try await stage.expect("the round is through") {
                stage.watch.count(of: .spotStatus) >= 2 * people + 4
            }
            try await stage.quiesce()

            let rounds = stage.rounds("big")
            #expect(rounds.allSatisfy { $0.waitingVolunteers.count <= 1000 && $0.release == 1 })
            #expect(Set(rounds.map(\.expiresAt)).count == 1 && rounds.first?.expiresAt != nil)
            #expect(rounds.flatMap(\.waitingVolunteers) == volunteers(1...people))
            #expect(stage.offers("big").map(\.userID) == volunteers(1...people))

            #expect(stage.areAnswered(volunteers(1...3), beforeTheLast: .available))

            // One wins, and all others are told so: that, too, holds up nobody.
            try await stage.accept(ID(people), "big")
            try await stage.expect("the telling has begun") { stage.watch.count(of: .spotStatus) > 2 * people + 4 + 1 }
            try await stage.send((4...6).map { .accepted(ID($0), "small") })
            try await stage.expect("the telling is through") {
                stage.watch.count(of: .spotStatus) >= 3 * people + 4 + 3
            }
            try await stage.quiesce()
            let losers = stage.told(.notChosen).map(\.userID)
            #expect(losers.count == people - 1 && Set(losers) == Set(volunteers(1...people - 1)))
            #expect(stage.areAnswered(volunteers(4...6), beforeTheLast: .notChosen))
        }
    }
}

extension Stage {
    /// Whether these were confirmed in the small application while something was still being told to the many.
    fileprivate func areAnswered(_ volunteers: [ID], beforeTheLast status: SpotStatus) -> Bool {
        let told = told()
        guard let last = told.lastIndex(where: { $0.status == status }) else { return false }
        return volunteers.allSatisfy { volunteer in
            told[..<last].contains {
                $0.applicationID == "small" && $0.userID == volunteer && $0.status == .confirmed
            }
        }
    }
}

import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// One run on an arena: load and faults by the plan, rest, a last question to each list, and the history of it all.
struct Performance {
    let arena: Arena
    let plan: Plan

    /// What is set off late comes to its end in seconds; asked for again after a gap it may take some more of them.
    private static let patience: Duration = .seconds(120)

    func play() async throws -> History {
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watchGrowth(until: began + plan.length) }
            group.addTask { try await speak(since: began) }
            group.addTask {
                try await Trouble(arena: arena, began: began, length: plan.length).play(plan.faults)
            }
            try await group.waitForAll()
        }
        return try await Finale(arena: arena, seed: plan.seed, next: plan.lines.count).play(within: Self.patience)
    }

    private func watchGrowth(until end: ContinuousClock.Instant) async throws {
        while .now < end {
            arena.sample()
            try await pauseUntil(.now + .seconds(1))
        }
    }

    private func speak(since began: ContinuousClock.Instant) async throws {
        for line in plan.lines {
            try await pauseUntil(began + line.at)
            // What cannot be said in time because of the broker's troubles is not said.
            guard .now < began + plan.length else { return }
            try await arena.insist(line.command)
        }
    }
}

/// The end of a run: all faults over, all at rest, all asked.
struct Finale {
    let arena: Arena
    let seed: UInt64
    /// The number of the next command.
    let next: Int

    func play(within patience: Duration) async throws -> History {
        try await arena.heal()
        arena.chronicle.note("all faults are over")
        try await rest(within: patience)
        arena.chronicle.note("all is at rest, and everybody who waits is asked once more")
        let probes = try await probe()
        try await rest(within: patience)
        arena.chronicle.note("all is at rest")
        arena.sample()
        return try await Gathering(arena: arena).history(probes: probes)
    }

    private func rest(within patience: Duration) async throws {
        for reason in try await Rest(arena: arena).wait(within: patience) {
            arena.chronicle.object(Objection(.notAtRest, reason))
        }
    }

    /// Somebody joins each list, and then one spot more comes, so that everybody on it is named and told.
    private func probe() async throws -> [ID: Command] {
        let horizon = Timestamp.now().advanced(by: Plan.clockAhead)
        let open = Survey(arena.chronicle.commands, horizon: horizon).open.sorted { $0.key < $1.key }
        var number = next
        for (id, _) in open {
            let response = VolunteerResponse(volunteerID: .trusted("probe"), applicationID: id, status: .accepted)
            try await arena.insist(Command(.message(.response(response)), number: number, seed: seed))
            number += 1
        }
        var probes: [ID: Command] = [:]
        for (id, capacity) in open {
            let update = UpdateVolunteerApplication(applicationID: id, availableSpots: capacity + 1)
            let command = Command(.message(.update(update)), number: number, seed: seed)
            try await arena.insist(command)
            probes[id] = command
            number += 1
        }
        return probes
    }
}

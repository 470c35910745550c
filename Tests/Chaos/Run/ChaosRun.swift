import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// One run on a stage: load, over the broker and over HTTP, and faults by the plan, then the completion.
struct ChaosRun {
    let stage: ChaosStage
    let plan: Plan

    /// Work started late ends within seconds; after a gap in a stream it takes longer.
    private static let timeout: Duration = .seconds(120)

    func run() async throws -> History {
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sampleResources(until: began + plan.length) }
            group.addTask { try await sendCommands(since: began) }
            group.addTask {
                try await HTTPClients(stage: stage, load: plan.http).run(since: began, until: began + plan.length)
            }
            group.addTask {
                try await FaultInjector(stage: stage, began: began, length: plan.length).run(plan.faults)
            }
            try await group.waitForAll()
        }
        return try await RunCompletion(stage: stage, seed: plan.seed, next: plan.nextNumber).run(timeout: Self.timeout)
    }

    private func sampleResources(until end: ContinuousClock.Instant) async throws {
        while .now < end {
            stage.sample()
            try await pauseUntil(.now + .seconds(1))
        }
    }

    private func sendCommands(since began: ContinuousClock.Instant) async throws {
        for scheduled in plan.commands {
            try await pauseUntil(began + scheduled.at)
            // Commands that are late because of broker faults are not sent.
            guard .now < began + plan.length else { return }
            try await stage.sendUntilConfirmed(scheduled.command)
        }
    }
}

/// The end of a run: ends all faults, waits for quiescence, notifies every waiting volunteer once more, and collects
/// the history.
struct RunCompletion {
    let stage: ChaosStage
    let seed: UInt64
    /// The number of the next command.
    let next: Int

    func run(timeout: Duration) async throws -> History {
        try await stage.heal()
        stage.runLog.note("all faults are over")
        let moves = stage.runLog.moves
        if stage.conditions.moving > 1 {
            stage.runLog.note("\(moves.done) moves of partitions were done, \(moves.failed) were not")
            if moves.done == 0 { throw ChaosError("no partition was moved") }
        }
        try await waitForQuiescence(timeout: timeout)
        let files = FileReader(stage: stage)
        let (rest, audiences) = (try await files.rest(), try await files.audiences())
        stage.runLog.recordRest()
        stage.runLog.note("quiescent; now every waiting volunteer is offered a spot once more")
        let probes = try await probe()
        try await waitForQuiescence(timeout: timeout)
        stage.runLog.note("quiescent")
        stage.sample()
        var history = try await HistoryCollector(stage: stage).collect(probes: probes)
        history.rest = rest
        history.audiences = audiences
        return history
    }

    private func waitForQuiescence(timeout: Duration) async throws {
        for reason in try await Quiescence(stage: stage).wait(within: timeout) {
            stage.runLog.report(Violation(.notQuiescent, reason))
        }
    }

    /// Adds a volunteer to each list and then a spot to each application, so that everyone on the list is named and
    /// notified.
    private func probe() async throws -> [ID: Command] {
        let horizon = Timestamp.now().advanced(by: Plan.clockAhead)
        let applications = OpenApplications(stage.runLog.allCommands, zone: stage.conditions.zone, horizon: horizon)
        let open = applications.capacities.sorted { $0.key < $1.key }
        var number = next
        for (id, _) in open {
            let response = VolunteerResponse(volunteerID: .trusted("probe"), applicationID: id, status: .accepted)
            try await stage.sendUntilConfirmed(Command(.message(.response(response)), number: number, seed: seed))
            number += 1
        }
        var probes: [ID: Command] = [:]
        for (id, capacity) in open {
            let update = UpdateVolunteerApplication(applicationID: id, availableSpots: capacity + 1)
            let command = Command(.message(.update(update)), number: number, seed: seed)
            try await stage.sendUntilConfirmed(command)
            probes[id] = command
            number += 1
        }
        return probes
    }
}

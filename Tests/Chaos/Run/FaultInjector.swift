import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// Injects the faults of a plan. Faults of the same resource are injected one after the other, others in parallel.
struct FaultInjector {
    let stage: ChaosStage
    let began: ContinuousClock.Instant
    let length: Duration

    func run(_ faults: [Fault]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (_, faults) in Dictionary(grouping: faults, by: \.resource) {
                group.addTask {
                    for fault in faults {
                        try await pauseUntil(began + fault.begins)
                        // A slow machine does not get through the whole plan.
                        guard .now < began + length else { return }
                        stage.runLog.recordInjected(fault)
                        try await inject(fault)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Begins the fault, and ends it after its duration.
    private func inject(_ fault: Fault) async throws {
        let end = ContinuousClock.now + fault.lasts
        switch fault.kind {
        case .brokerKill:
            // RabbitMQ 3.10 loses a quorum queue declared less than half a second earlier, which is not tested here.
            try await stage.broker.evaluate("[dets:sync(T) || T <- dets:all()], ok.")
            try await stage.broker.kill()
            try await pauseUntil(end)
            try await stage.broker.restart()
        case .brokerRestart:
            try await stage.broker.stop()
            try await pauseUntil(end)
            try await stage.broker.restart()
        case .brokerReplacement: try await stage.replaceBroker()
        case .memoryAlarm, .diskAlarm:
            let alarm: ThrowawayBroker.Alarm = fault.kind == .diskAlarm ? .disk : .memory
            try await stage.broker.setAlarm(true, of: alarm)
            try await pauseUntil(end)
            try await stage.broker.setAlarm(false, of: alarm)
        case .duplicates:
            // Unreadable commands are few, so the last of them are always sent again too.
            let commands = stage.runLog.commands
            let garbage = commands.filter { $0.message == nil }.suffix(2)
            for command in garbage + commands.suffix(Int(fault.detail) ?? 1) { await stage.send(command) }
        default:
            if let service = fault.service { try await inject(fault, on: stage[service, fault.process], until: end) }
        }
    }

    private func loseFiles(
        _ fault: Fault, of target: ServiceUnderTest, until end: ContinuousClock.Instant
    ) async throws {
        // Idempotency keys are in the files too.
        if target.service == .application { stage.runLog.recordForgottenKeys() }
        if fault.kind == .restore {
            await target.kill()
            try target.copyFiles()
            try await target.start()
        }
        try await pauseUntil(end)
        await target.kill()
        let isFirst = fault.detail == Fault.firstCopy
        var loss = fault.kind == .restore ? try await target.restore(first: isFirst) : try await target.begin()
        // What the lost life published may reach the observer later, if the broker is slow.
        await stage.waitForObserver()
        loss?.ended.messages = stage.runLog.observed
        if let loss { stage.runLog.record(loss) }
    }

    private func changeClock(
        of target: ServiceUnderTest, by seconds: Int, until end: ContinuousClock.Instant
    ) async throws {
        let (began, after) = (Timestamp.now(), stage.runLog.observed)
        if target.service == .application, seconds >= 86_400 { stage.runLog.recordForgottenKeys() }
        try target.setClock(off: seconds)
        try await pauseUntil(end)
        try target.setClock(off: 0)
        stage.runLog.record(
            ClockChange(
                service: target.service, offset: .seconds(seconds), began: began, ended: .now(), after: after))
    }

    private func inject(_ fault: Fault, on target: ServiceUnderTest, until end: ContinuousClock.Instant) async throws {
        switch fault.kind {
        case .kill:
            await target.kill()
            try await pauseUntil(end)
            try await target.start()
        case .powerFailure:
            await target.kill()
            let undone = try target.failPower()
            stage.runLog.note("\(target.name) lost \(undone) writes that were not synced")
            try await pauseUntil(end)
            try await target.start()
        case .end:
            await target.end()
            if stage.conditions.partitionsChangeOwners { try await pauseUntil(end) }
            try await target.start()
        case .freeze:
            target.process.signal(SIGSTOP)
            try await pauseUntil(end)
            target.process.signal(SIGCONT)
        case .crash:
            let hasDied = try await target.crash(at: fault.detail, within: fault.lasts)
            stage.runLog.note("\(target.name) \(hasDied ? "crashed there" : "did not reach the crash point")")
            try await target.start()
        case .steal:
            await target.kill()
            try await pauseUntil(end)
            var stolen: [String] = []
            for queue in target.partitions.map(\.queue) {
                let count = await stage.steal(Int(fault.detail) ?? 1, from: queue)
                if count > 0 { stolen.append("\(count) from \(queue)") }
            }
            stage.runLog.note("removed from queues: \(stolen.isEmpty ? "nothing" : stolen.joined(separator: ", "))")
            try await target.start()
        case .restore, .emptyDisk: try await loseFiles(fault, of: target, until: end)
        case .move: await stage.move(fault.detail, to: target)
        case .cut: target.proxy.cut()
        case .halfOpen:
            target.proxy.freeze()
            try await pauseUntil(end)
            target.resumeLink()
        case .slow:
            target.proxy.slowDown(.milliseconds(Int(fault.detail) ?? 20))
            try await pauseUntil(end)
            target.proxy.slowDown(.zero)
        case .redeliver:
            // Messages delivered during the fault are decided and committed, but their acks never arrive.
            target.proxy.blockUpstream()
            try await pauseUntil(end)
            target.proxy.cut()
            target.resumeLink()
        case .fullDisk:
            target.setDisk(full: true)
            try await pauseUntil(end)
            target.setDisk(full: false)
        case .failingSync:
            target.setSync(failing: true)
            try await pauseUntil(end)
            target.setSync(failing: false)
        case .clockForward, .clockBack:
            try await changeClock(of: target, by: Int(fault.detail) ?? 0, until: end)
        case .brokerKill, .brokerRestart, .brokerReplacement, .memoryAlarm, .diskAlarm, .duplicates: break
        }
    }
}

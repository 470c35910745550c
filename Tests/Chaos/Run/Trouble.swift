import ChaosHistory
import Contracts
import Foundation
import TestSupport

/// Performs the faults of a plan. Those that take hold of the same thing follow each other, the others go on at once.
struct Trouble {
    let arena: Arena
    let began: ContinuousClock.Instant
    let length: Duration

    func play(_ faults: [Fault]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (_, faults) in Dictionary(grouping: faults, by: \.hold) {
                group.addTask {
                    for fault in faults {
                        try await pauseUntil(began + fault.begins)
                        // A machine that is slow gets through less of the plan.
                        guard .now < began + length else { return }
                        arena.chronicle.perform(fault)
                        try await perform(fault)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Begins it, and ends it when its time is over.
    private func perform(_ fault: Fault) async throws {
        let end = ContinuousClock.now + fault.lasts
        switch fault.kind {
        case .brokerKill:
            // RabbitMQ 3.10 loses a quorum queue that was declared in the half second before; that is not our subject.
            try await arena.broker.evaluate("[dets:sync(T) || T <- dets:all()], ok.")
            try await arena.broker.kill()
            try await pauseUntil(end)
            try await arena.broker.restart()
        case .brokerRestart:
            try await arena.broker.stop()
            try await pauseUntil(end)
            try await arena.broker.restart()
        case .memoryAlarm, .diskAlarm:
            let alarm: ThrowawayBroker.Alarm = fault.kind == .diskAlarm ? .disk : .memory
            try await arena.broker.setAlarm(true, of: alarm)
            try await pauseUntil(end)
            try await arena.broker.setAlarm(false, of: alarm)
        case .duplicates:
            // Of what nobody can read there is little: the last of it comes again too.
            let commands = arena.chronicle.commands
            let garbage = commands.filter { $0.message == nil }.suffix(2)
            for command in garbage + commands.suffix(Int(fault.detail) ?? 1) { await arena.send(command) }
        default:
            if let service = fault.service { try await perform(fault, on: arena[service, fault.process], until: end) }
        }
    }

    private func perform(_ fault: Fault, on subject: Subject, until end: ContinuousClock.Instant) async throws {
        switch fault.kind {
        case .kill:
            await subject.kill()
            try await pauseUntil(end)
            try await subject.start()
        case .end:
            await subject.end()
            try await subject.start()
        case .freeze:
            subject.process.signal(SIGSTOP)
            try await pauseUntil(end)
            subject.process.signal(SIGCONT)
        case .crash:
            let hasDied = try await subject.crash(at: fault.detail, within: fault.lasts)
            arena.chronicle.note("\(subject.name) \(hasDied ? "died" : "did not get") there")
            try await subject.start()
        case .steal:
            await subject.kill()
            try await pauseUntil(end)
            var stolen: [String] = []
            for queue in subject.partitions.map(\.queue) {
                let count = await arena.steal(Int(fault.detail) ?? 1, from: queue)
                if count > 0 { stolen.append("\(count) from \(queue)") }
            }
            arena.chronicle.note("stolen: \(stolen.isEmpty ? "nothing was there" : stolen.joined(separator: ", "))")
            try await subject.start()
        case .cut: subject.proxy.cut()
        case .halfOpen:
            subject.proxy.freeze()
            try await pauseUntil(end)
            subject.proxy.resume()
        case .slow:
            subject.proxy.slowDown(.milliseconds(Int(fault.detail) ?? 20))
            try await pauseUntil(end)
            subject.proxy.slowDown(.zero)
        case .redeliver:
            // What is delivered meanwhile is decided and committed; its acks never arrive.
            subject.proxy.blockUpstream()
            try await pauseUntil(end)
            subject.proxy.cut()
            subject.proxy.resume()
        case .fullDisk:
            subject.setDisk(full: true)
            try await pauseUntil(end)
            subject.setDisk(full: false)
        case .failingSync:
            subject.setSync(failing: true)
            try await pauseUntil(end)
            subject.setSync(failing: false)
        case .clockForward, .clockBack:
            try subject.setClock(off: Int(fault.detail) ?? 0)
            try await pauseUntil(end)
            try subject.setClock(off: 0)
        case .brokerKill, .brokerRestart, .memoryAlarm, .diskAlarm, .duplicates: break
        }
    }
}

import ChaosHistory
import Contracts
import Foundation
import Synchronization

/// What befalls the services while a run goes on, for the history; and said aloud as it happens.
final class Chronicle: Sendable {
    private struct State {
        var notes: [History.Note] = []
        var mishaps: [Objection] = []
        var commands: [Command] = []
        var samples: [String: [History.Sample]] = [:]
        var performed: [Fault.Kind: Int] = [:]
        var movedClocks: Set<ServiceName> = []
    }

    private let state = Mutex(State())
    private let began = ContinuousClock.now
    /// How many messages were seen so far.
    private let seen: @Sendable () -> Int

    init(seen: @escaping @Sendable () -> Int) { self.seen = seen }

    func note(_ text: String) {
        let count = seen()
        state.withLock { $0.notes.append(History.Note(after: count, text: text)) }
        let time = (ContinuousClock.now - began) / .seconds(1)
        say(String(format: "%7.2f  ", time) + text)
    }

    func object(_ objection: Objection) {
        note("\(objection)")
        state.withLock { $0.mishaps.append(objection) }
    }

    func perform(_ fault: Fault) {
        note("\(fault)")
        state.withLock { state in
            state.performed[fault.kind, default: 0] += 1
            if let service = fault.service, [.clockForward, .clockBack].contains(fault.kind) {
                state.movedClocks.insert(service)
            }
        }
    }

    /// The broker has taken it.
    func took(_ command: Command) { state.withLock { $0.commands.append(command) } }

    func sampled(
        _ process: String, _ life: Int32, memory: Int, descriptors: Int, threads: Int, disk: Int
    ) {
        let sample = History.Sample(
            life: life, at: .now - began, seen: seen(), memory: memory, descriptors: descriptors, threads: threads,
            disk: disk)
        state.withLock { $0.samples[process, default: []].append(sample) }
    }

    var commands: [Command] { state.withLock { $0.commands } }

    var performed: [Fault.Kind: Int] { state.withLock { $0.performed } }

    func write(into history: inout History) {
        let state = state.withLock { $0 }
        history.notes = state.notes
        history.mishaps = state.mishaps
        history.commands = state.commands
        history.samples = state.samples
        history.movedClocks = state.movedClocks
    }
}

import ChaosHistory
import Contracts
import Foundation
import Synchronization

/// Records the events of a run for the history, and prints them as they happen.
final class RunLog: Sendable {
    private struct State {
        var notes: [History.Note] = []
        var incidents: [Violation] = []
        var commands: [Command] = []
        var samples: [String: [History.Sample]] = [:]
        var injected: [Fault.Kind: Int] = [:]
        var changedClocks: Set<ServiceName> = []
    }

    private let state = Mutex(State())
    private let began = ContinuousClock.now
    /// The number of messages observed so far.
    private let seen: @Sendable () -> Int

    init(seen: @escaping @Sendable () -> Int) { self.seen = seen }

    func note(_ text: String) {
        let count = seen()
        state.withLock { $0.notes.append(History.Note(after: count, text: text)) }
        let time = (ContinuousClock.now - began) / .seconds(1)
        printLine(String(format: "%7.2f  ", time) + text)
    }

    func report(_ violation: Violation) {
        note("\(violation)")
        state.withLock { $0.incidents.append(violation) }
    }

    func recordInjected(_ fault: Fault) {
        note("\(fault)")
        state.withLock { state in
            state.injected[fault.kind, default: 0] += 1
            if let service = fault.service, [.clockForward, .clockBack].contains(fault.kind) {
                state.changedClocks.insert(service)
            }
        }
    }

    /// Records a command that the broker confirmed.
    func recordConfirmed(_ command: Command) { state.withLock { $0.commands.append(command) } }

    func recordSample(
        _ process: String, _ processID: Int32, memory: Int, descriptors: Int, threads: Int, disk: Int
    ) {
        let sample = History.Sample(
            processID: processID, at: .now - began, seen: seen(), memory: memory, descriptors: descriptors,
            threads: threads,
            disk: disk)
        state.withLock { $0.samples[process, default: []].append(sample) }
    }

    var commands: [Command] { state.withLock { $0.commands } }

    var injected: [Fault.Kind: Int] { state.withLock { $0.injected } }

    func add(to history: inout History) {
        let state = state.withLock { $0 }
        history.notes = state.notes
        history.incidents = state.incidents
        history.commands = state.commands
        history.samples = state.samples
        history.changedClocks = state.changedClocks
    }
}

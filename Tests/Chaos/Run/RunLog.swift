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
        var exchanges: [HTTPExchange] = []
        var restPoint: RestPoint?
        var samples: [String: [History.Sample]] = [:]
        var injected: [Fault.Kind: Int] = [:]
        var clockChanges: [ClockChange] = []
        var mayHaveForgottenKeys = false

        /// Those over HTTP concern applications of their own, so the order of the two kinds does not matter.
        var allCommands: [Command] { exchanges.filter(\.isAcceptedCommand).map(\.command) + commands }
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
        state.withLock { $0.injected[fault.kind, default: 0] += 1 }
    }

    /// Whether ApplicationService's clock has ever shown that its keys, which it keeps for 24 hours, are too old.
    var mayHaveForgottenKeys: Bool { state.withLock { $0.mayHaveForgottenKeys } }

    func recordForgottenKeys() { state.withLock { $0.mayHaveForgottenKeys = true } }

    func record(_ change: ClockChange) { state.withLock { $0.clockChanges.append(change) } }

    /// Records a command that the broker confirmed.
    func recordConfirmed(_ command: Command) { state.withLock { $0.commands.append(command) } }

    /// Records a request over HTTP and its definite answer.
    func record(_ exchange: HTTPExchange) { state.withLock { $0.exchanges.append(exchange) } }

    /// Records that nothing is in progress, before the first probe.
    func recordRest() {
        let count = seen()
        state.withLock { $0.restPoint = RestPoint(messages: count, commands: $0.allCommands.count) }
    }

    func recordSample(
        _ process: String, _ processID: Int32, memory: Int, descriptors: Int, threads: Int, disk: Int
    ) {
        let sample = History.Sample(
            processID: processID, at: .now - began, seen: seen(), memory: memory, descriptors: descriptors,
            threads: threads,
            disk: disk)
        state.withLock { $0.samples[process, default: []].append(sample) }
    }

    /// Those that the broker confirmed.
    var commands: [Command] { state.withLock { $0.commands } }

    /// Also those that were accepted over HTTP.
    var allCommands: [Command] { state.withLock { $0.allCommands } }

    /// The number of messages observed so far.
    var observed: Int { seen() }

    var injected: [Fault.Kind: Int] { state.withLock { $0.injected } }

    func add(to history: inout History) {
        let state = state.withLock { $0 }
        history.notes = state.notes
        history.incidents = state.incidents
        history.commands = state.allCommands
        history.exchanges = state.exchanges
        history.restPoint = state.restPoint
        history.samples = state.samples
        history.clockChanges = state.clockChanges
    }
}

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
        var moves: (done: Int, failed: Int) = (0, 0)
        var clockChanges: [ClockChange] = []
        var losses: [Loss] = []
        /// One in each second.
        var moments: [Loss.Moment] = []
        var confirmations: [String: Duration] = [:]
        var beginnings: [String: Duration] = [:]
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

    func recordMove(_ isDone: Bool) {
        state.withLock { state in
            if isDone { state.moves.done += 1 } else { state.moves.failed += 1 }
        }
    }

    /// How many moves the processes said to be done, and how many not.
    var moves: (done: Int, failed: Int) { state.withLock { $0.moves } }

    /// Whether ApplicationService's clock has ever shown that its keys, which it keeps for 24 hours, are too old.
    var mayHaveForgottenKeys: Bool { state.withLock { $0.mayHaveForgottenKeys } }

    func recordForgottenKeys() { state.withLock { $0.mayHaveForgottenKeys = true } }

    func record(_ change: ClockChange) { state.withLock { $0.clockChanges.append(change) } }

    func record(_ loss: Loss) {
        let (copied, unreported) = (loss.copied.messages, loss.unreported.messages)
        note("lost is what came after message \(copied), reports after \(unreported); now it is \(loss.ended.messages)")
        state.withLock { $0.losses.append(loss) }
    }

    func recordMoment() {
        let moment = moment
        state.withLock { $0.moments.append(moment) }
    }

    /// The moment this long ago, or a little earlier.
    func moment(before now: Duration) -> Loss.Moment {
        let time: Duration = .now - began - now
        return state.withLock { $0.moments.last { $0.time <= time } } ?? Loss.Moment(time: .zero, messages: 0)
    }

    var hasLosses: Bool { state.withLock { !$0.losses.isEmpty } }

    /// Now.
    var moment: Loss.Moment { Loss.Moment(time: .now - began, messages: seen()) }

    /// Records that a command is sent, for the first time or again.
    func recordSent(_ command: Command) {
        let time: Duration = .now - began
        state.withLock { state in
            if state.beginnings[command.trace] == nil { state.beginnings[command.trace] = time }
        }
    }

    /// Records a command that the broker confirmed.
    func recordConfirmed(_ command: Command) {
        let time: Duration = .now - began
        state.withLock { state in
            state.commands.append(command)
            state.confirmations[command.trace] = time
        }
    }

    /// Records a request over HTTP and its definite answer.
    func record(_ exchange: HTTPExchange) {
        let time: Duration = .now - began
        state.withLock { state in
            state.exchanges.append(exchange)
            if exchange.isAcceptedCommand { state.confirmations[exchange.command.trace] = time }
        }
    }

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
        history.losses = state.losses
        history.confirmations = state.confirmations
        history.beginnings = state.beginnings
    }
}

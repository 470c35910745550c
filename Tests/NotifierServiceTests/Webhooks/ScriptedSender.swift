import NotifierDomain
import Synchronization
import TestSupport

@testable import NotifierService

/// Receivers that answer as the test says, by URL; otherwise with 200. Records every attempt.
final class ScriptedSender: WebhookSender {
    enum Script: Sendable {
        case outcome(AttemptOutcome)
        /// No answer until the dispatcher stops, or the script changes.
        case hang
    }

    private struct State {
        var scripts: [String: Script] = [:]
        var attempts: [DeliveryAttempt] = []
        var mostInFlight: [String: Int] = [:]
        var inFlight: [String: Int] = [:]
        var isShutDown = false
    }

    private let state = Mutex(State())

    var attempts: [DeliveryAttempt] { state.withLock(\.attempts) }
    var isShutDown: Bool { state.withLock(\.isShutDown) }

    /// The most attempts in flight to one URL at any time.
    func mostInFlight(to url: String) -> Int { state.withLock { $0.mostInFlight[url] ?? 0 } }

    func script(_ url: String, _ script: Script) { state.withLock { $0.scripts[url] = script } }

    func answer(_ url: String, _ status: Int) { script(url, .outcome(.answered(status: status))) }

    func send(_ attempt: DeliveryAttempt) async -> AttemptOutcome {
        state.withLock { state in
            state.attempts.append(attempt)
            let count = state.inFlight[attempt.url, default: 0] + 1
            state.inFlight[attempt.url] = count
            state.mostInFlight[attempt.url] = max(state.mostInFlight[attempt.url] ?? 0, count)
        }
        defer { state.withLock { $0.inFlight[attempt.url, default: 1] -= 1 } }
        while true {
            switch state.withLock({ $0.scripts[attempt.url] }) {
            case nil: return .answered(status: 200)
            case .outcome(let outcome): return outcome
            case .hang: break
            }
            if Task.isCancelled { return .failed(.timeout) }
            await simulateDelay(.milliseconds(5))
        }
    }

    func shutdown() async { state.withLock { $0.isShutDown = true } }
}

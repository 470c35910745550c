import ChaosHistory
import Contracts
import TestSupport

/// The clients of the HTTP API. Each sends its requests one after the other, and every request again, with the same
/// key, until it gets a definite answer: over restarts, time-outs and full disks.
struct HTTPClients {
    let stage: ChaosStage
    let load: HTTPLoad

    func run(since began: ContinuousClock.Instant, until end: ContinuousClock.Instant) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for steps in load.clients {
                group.addTask {
                    var accepted: Set<String> = []
                    for step in steps {
                        try await pauseUntil(began + step.at)
                        guard .now < end else { return }
                        // Only an accepted command's key is remembered, and not for ever.
                        func isRemembered() -> Bool {
                            accepted.contains(step.command.trace) && !stage.runLog.mayHaveForgottenKeys
                        }
                        guard step.isCommand || isRemembered() else { continue }
                        let exchange = try await send(step)
                        guard step.isCommand || isRemembered() else { continue }
                        stage.runLog.record(exchange)
                        if exchange.isAcceptedCommand { accepted.insert(step.command.trace) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func send(_ step: HTTPLoad.Step) async throws -> HTTPExchange {
        var exchange = HTTPExchange(step.command, step.purpose)
        let request = HTTPRequest(step.command, step.purpose)
        var patience = step.patience
        stage.runLog.recordSent(step.command)
        try await eventually("\(step.command.messageID) is answered over HTTP", poll: .milliseconds(100)) {
            let response = await stage.send(request, within: patience)
            patience = .seconds(3)
            exchange.answer = response?.definite
            return exchange.answer != nil
        }
        return exchange
    }
}

extension HTTPLoad.Step {
    fileprivate var isCommand: Bool { if case .command = purpose { true } else { false } }
}
